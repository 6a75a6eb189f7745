"""How good a clustering is, by four criteria, all measured in scaled space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn import config_context
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from training.assignment import assign
from training.clustering import Clustering
from training.dataset import Floats, Indices

SILHOUETTE_ROWS = 10_000
"""The silhouette compares each customer with every other: beyond this many, with a sample."""

SAME_SILHOUETTE = 1e-9
"""Silhouettes that differ by no more are a tie, which the smaller k wins."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """The quality of one clustering; None where a criterion is not defined for it.

    Parameters
    ----------
    k
        Number of clusters.
    inertia
        Sum of squared distances to the nearest centroid; falls with every k.
    silhouette
        -1 to 1, larger is better (P. Rousseeuw, 1987).
    davies_bouldin
        At least 0, smaller is better (D. Davies and D. Bouldin, 1979).
    calinski_harabasz
        At least 0, larger is better (T. Caliński and J. Harabasz, 1974).
    silhouette_rows
        On how many customers the silhouette was measured.
    starts, hits
        How often k-means was started, and how often it ended in this result.
    """

    k: int
    inertia: float
    silhouette: float | None
    davies_bouldin: float | None
    calinski_harabasz: float | None
    silhouette_rows: int
    starts: int
    hits: int


def measure(points: Floats, found: Clustering, *, seed: int) -> Criteria:
    """Measure a clustering of the points.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled.
    found
        The clustering.
    seed
        Chooses the sample for the silhouette, the same one for every k.
    """
    labels, _ = assign(points, found.centroids)
    defined = 2 <= len(np.unique(labels)) < len(points)
    silhouette, rows = _silhouette(points, labels, seed) if defined else (None, 0)
    return Criteria(
        k=found.k,
        inertia=found.inertia,
        silhouette=silhouette,
        davies_bouldin=float(davies_bouldin_score(points, labels)) if defined else None,
        calinski_harabasz=float(calinski_harabasz_score(points, labels)) if defined else None,
        silhouette_rows=rows,
        starts=found.starts,
        hits=found.hits,
    )


def best_k(sweep: Sequence[Criteria]) -> int | None:
    """Give the k of the highest silhouette, the smallest on ties; None where there is none.

    Examples
    --------
    >>> rows = [Criteria(k, 0, s, 0, 0, 9, 1, 1) for k, s in ((1, None), (2, 0.4), (3, 0.4))]
    >>> best_k(rows)
    2
    """
    measured = [(one.k, one.silhouette) for one in sweep if one.silhouette is not None]
    if not measured:
        return None
    limit = max(silhouette for _, silhouette in measured) - SAME_SILHOUETTE
    return min(k for k, silhouette in measured if silhouette >= limit)


def _silhouette(points: Floats, labels: Indices, seed: int) -> tuple[float | None, int]:
    if len(points) > SILHOUETTE_ROWS:
        sample = np.random.default_rng(seed).choice(len(points), SILHOUETTE_ROWS, replace=False)
        points, labels = points[sample], labels[sample]
    if len(np.unique(labels)) < 2:
        return None, 0
    with config_context(working_memory=128):  # MiB, instead of 1,024
        return float(silhouette_score(points, labels)), len(points)
