"""The scoring rule over many customers at once, with the same float64 operations in its order."""

from __future__ import annotations

import numpy as np

from training.dataset import Floats, Indices

_BLOCK = 65_536


def assign(points: Floats, centroids: Floats) -> tuple[Indices, Floats]:
    """Give each customer's nearest centroid (ties: the first), and its distance.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled.
    centroids
        Shape (k, columns).

    Returns
    -------
    labels, distances
        Shape (rows,) each.
    """
    labels = np.empty(len(points), np.intp)
    distances = np.empty(len(points))
    for first in range(0, len(points), _BLOCK):
        block = slice(first, first + _BLOCK)
        squares = _squares(points[block], centroids)
        labels[block] = squares.argmin(axis=1)
        distances[block] = np.sqrt(squares.min(axis=1))
    return labels, distances


def _squares(points: Floats, centroids: Floats) -> Floats:
    total = np.zeros((len(points), len(centroids)))
    for column in range(points.shape[1]):
        difference = points[:, column, None] - centroids[None, :, column]
        total += difference * difference
    return total
