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
    indices = adjusted_rand(table)
    return Stability(
        ari=float(indices.mean()),
        error=float(indices.std() / np.sqrt(bootstraps)),
        jaccard=jaccard(table).mean(axis=0).tolist(),
    )


def adjusted_rand(tables: Floats) -> Floats:
    """Give the adjusted Rand index of contingency tables, shape (tables, clusters, clusters).

    References
    ----------
    L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification, 1985.
    """
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    pairs = _pairs(tables).sum(axis=(1, 2))
    of_rows, of_columns = _pairs(rows).sum(axis=1), _pairs(columns).sum(axis=1)
    expected = of_rows * of_columns / np.maximum(_pairs(rows.sum(axis=1)), 1)
    largest = (of_rows + of_columns) / 2
    same = largest == expected  # both have one cluster, or each a cluster for every customer
    found = (pairs - expected) / np.where(same, 1.0, largest - expected)
    return np.asarray(np.where(same, 1.0, found))


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


def _pairs(counts: Floats) -> Floats:
    return np.asarray(counts * (counts - 1) / 2)
