"""How stable segments are when other customers of the same kind had been there.

The method and its defaults are those of ``clusterboot`` in R's package fpc: every bootstrap draws
the customers with replacement and clusters those that were drawn, each once. A segment's Jaccard
similarity is that with the most similar cluster; the mean over all bootstraps is its stability.
Stable does not mean separated: customers without any groups can be cut the same way every time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from training.clustering.assignment import assign
from training.clustering.lloyd import Labels, Space, lloyd, nearest, seeds
from training.data.dataset import Floats, Indices
from training.threads import spread

BOOTSTRAPS = 100
"""B, as in clusterboot."""

STARTS = 5
"""k-means is started so often on each of them."""

TOLERANCE = 1e-6
"""Passes over one of them end when one gains no more than this part of the inertia."""

_TOGETHER = 2**18


@dataclass(frozen=True, slots=True)
class Stability:
    """How stable the clusters of one k are.

    Parameters
    ----------
    ari
        Mean adjusted Rand index of all bootstraps: 1 for the same clusters, 0 for chance.
    error
        Standard error of that mean.
    jaccard
        Mean Jaccard similarity of each cluster.
    """

    ari: float
    error: float
    jaccard: list[float]


def stability(space: Space, centroids: Floats, *, bootstraps: int, seed: int) -> Stability:
    """Measure how stable a clustering is.

    Parameters
    ----------
    space
        The customers, scaled.
    centroids
        Of the clustering, shape (k, columns).
    bootstraps
        B.
    seed
        Everything random comes from it; every k gets the same bootstraps.

    References
    ----------
    C. Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics and Data
    Analysis, 2007.
    """
    k = len(centroids)
    labels, _ = assign(space.points, centroids)
    together = max(1, _TOGETHER // (space.rows * k * STARTS))
    groups = (
        range(first, min(first + together, bootstraps)) for first in range(0, bootstraps, together)
    )

    def tables(group: Iterable[int]) -> Floats:
        drawn = np.array([_drawn(space.rows, seed, number) for number in group])
        found = _clustered(space, k, drawn, group, seed)
        return _contingency(labels, found, drawn, k)

    table = np.concatenate(list(spread(tables, groups)))
    indices = np.array([adjusted_rand_index(one) for one in table.astype(np.int64)])
    return Stability(
        ari=float(indices.mean()),
        error=float(indices.std() / np.sqrt(bootstraps)),
        jaccard=jaccard(table).mean(axis=0).tolist(),
    )


def adjusted_rand_index(table: Indices) -> float:
    """The adjusted Rand index of two labellings, from their contingency table.

    Exact also for millions of customers, in whole numbers. scikit-learn's takes labels, which for
    all bootstraps of a k lasts a hundred times as long.

    References
    ----------
    L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification, 1985.

    Examples
    --------
    >>> adjusted_rand_index(np.array([[5, 0], [0, 5]])), adjusted_rand_index(np.array([[4, 4]]))
    (1.0, 0.0)
    """
    together, lines, columns, whole = (
        sum(count * (count - 1) // 2 for count in counts.ravel().tolist())
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    # Times twice the number of all pairs, so that numerator and denominator are whole.
    by_chance = 2 * lines * columns
    most = (lines + columns) * whole
    return 1.0 if most == by_chance else (2 * together * whole - by_chance) / (most - by_chance)


def jaccard(tables: Floats) -> Floats:
    """Give each row's Jaccard similarity with the most similar column, shape (tables, clusters).

    A cluster of which nobody was drawn has 0, as in clusterboot.
    """
    either = tables.sum(axis=2)[:, :, None] + tables.sum(axis=1)[:, None, :] - tables
    return np.asarray((tables / np.maximum(either, 1)).max(axis=2))


def _drawn(rows: int, seed: int, number: int) -> Floats:
    """Give 1 for each row that the bootstrap drew at least once, else 0."""
    drawn = np.zeros(rows)
    drawn[np.random.default_rng((seed, number)).integers(rows, size=rows)] = 1.0
    return drawn


def _clustered(space: Space, k: int, drawn: Floats, numbers: Iterable[int], seed: int) -> Labels:
    """Cluster the drawn rows of each bootstrap, shape (bootstraps, rows)."""
    draws = [
        np.random.default_rng((seed, number, k, start))
        for number in numbers
        for start in range(STARTS)
    ]
    weights = np.repeat(drawn, STARTS, axis=0)
    optima = lloyd(space, seeds(space, k, draws, weights), weights=weights, tolerance=TOLERANCE)
    best = optima.inertias.reshape(-1, STARTS).argmin(axis=1)
    chosen = optima.centroids.reshape(len(best), STARTS, k, -1)[np.arange(len(best)), best]
    return nearest(space, chosen)


def _contingency(labels: Indices, found: Labels, drawn: Floats, k: int) -> Floats:
    places = (np.arange(len(found))[:, None] * k + labels) * k + found
    counts = np.bincount(places.ravel(), drawn.ravel(), len(found) * k * k)
    return np.asarray(counts, np.float64).reshape(-1, k, k)
