"""How good a clustering is, by criteria that are all measured in scaled space."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from sklearn import config_context
from sklearn.metrics import silhouette_samples

from segmentation.criteria import Criteria
from training.clustering.assignment import assign
from training.clustering.starts import Clustering
from training.data.dataset import Floats


@dataclass(frozen=True, slots=True)
class Silhouette:
    """The silhouette of a clustering.

    Parameters
    ----------
    mean
        Over all customers measured.
    error
        Standard error of that mean.
    of_clusters
        The mean of each cluster; None for one without a customer among those measured.
    """

    mean: float
    error: float
    of_clusters: list[float | None]


def measure(found: Clustering, total: float) -> Criteria:
    """Measure a clustering by what a pass over all customers adds up.

    Parameters
    ----------
    found
        The clustering.
    total
        Sum of squared distances from the mean of all: the inertia of k = 1.
    """
    k, rows = found.k, int(found.totals.sizes.sum())
    defined = 2 <= k < rows and bool((found.totals.sizes > 0).all())
    return Criteria(
        k=k,
        inertia=found.inertia,
        silhouette=None,
        davies_bouldin=_davies_bouldin(found) if defined else None,
        calinski_harabasz=_calinski_harabasz(found, total, rows) if defined else None,
        silhouette_rows=0,
        starts=found.starts,
        hits=found.hits,
        out_of_time=found.out_of_time,
    )


def silhouette(points: Floats, centroids: Floats) -> Silhouette | None:
    """Measure the silhouette of some customers; None where it is not defined.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled; time and memory grow with the square of the rows.
    centroids
        Shape (k, columns).
    """
    labels, _ = assign(points, centroids)
    sizes = np.bincount(labels, minlength=len(centroids))
    if not 2 <= np.count_nonzero(sizes) < len(points):
        return None
    with config_context(working_memory=64):  # MiB, instead of 1,024
        each = silhouette_samples(points, labels)
    sums = np.bincount(labels, each, len(centroids))
    return Silhouette(
        mean=float(each.mean()),
        error=float(each.std() / np.sqrt(len(each))),
        of_clusters=[
            float(one / size) if size else None for one, size in zip(sums, sizes, strict=True)
        ],
    )


def _davies_bouldin(found: Clustering) -> float | None:
    widths = found.totals.distances / found.totals.sizes
    worst = np.zeros(found.k)
    for one, other in itertools.permutations(range(found.k), 2):
        apart = np.linalg.norm(found.centroids[one] - found.centroids[other])
        if apart == 0:
            return None
        worst[one] = max(worst[one], (widths[one] + widths[other]) / apart)
    return float(worst.mean())


def _calinski_harabasz(found: Clustering, total: float, rows: int) -> float:
    """Give the index; 1 where every customer lies on a centroid, as in scikit-learn."""
    if found.inertia == 0:
        return 1.0
    between = (total - found.inertia) / (found.k - 1)
    return float(between / (found.inertia / (rows - found.k)))
