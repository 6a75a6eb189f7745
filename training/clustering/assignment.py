"""The scoring rule over many customers at once, with the same float64 operations in its order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.data.dataset import Floats, Indices
from training.threads import spread

_BLOCK = 32_768


@dataclass(frozen=True, slots=True)
class Totals:
    """What the customers of each centroid add up to, shape (k,) each.

    Parameters
    ----------
    sizes
        How many there are.
    squares, distances
        Sums of their squared distances, and of their distances.
    """

    sizes: Indices
    squares: Floats
    distances: Floats

    def ordered(self, order: Indices) -> Totals:
        """Give the same of the centroids in another order."""
        return Totals(self.sizes[order], self.squares[order], self.distances[order])


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

    def fill(rows: slice) -> None:
        labels[rows], squares = _nearest(points[rows], centroids)
        np.sqrt(squares, out=distances[rows])

    for _ in spread(fill, _blocks(len(points))):
        pass
    return labels, distances


def totals(points: Floats, centroids: Floats) -> Totals:
    """Add up the customers of each centroid in one pass that keeps nothing of a single one.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled.
    centroids
        Shape (k, columns).
    """
    k = len(centroids)

    def add_up(rows: slice) -> Totals:
        labels, squares = _nearest(points[rows], centroids)
        return Totals(
            np.bincount(labels, minlength=k),
            np.asarray(np.bincount(labels, squares, k), np.float64),
            np.asarray(np.bincount(labels, np.sqrt(squares), k), np.float64),
        )

    sizes, squares, distances = np.zeros(k, np.intp), np.zeros(k), np.zeros(k)
    for part in spread(add_up, _blocks(len(points))):
        sizes += part.sizes
        squares += part.squares
        distances += part.distances
    return Totals(sizes, squares, distances)


def _blocks(rows: int) -> list[slice]:
    return [slice(first, min(first + _BLOCK, rows)) for first in range(0, rows, _BLOCK)]


def _nearest(points: Floats, centroids: Floats) -> tuple[Indices, Floats]:
    columns = np.ascontiguousarray(points.T)
    labels = np.zeros(len(points), np.intp)
    least = _squares(columns, centroids[0])
    for number, centroid in enumerate(centroids[1:], 1):
        squares = _squares(columns, centroid)
        labels[squares < least] = number
        np.minimum(least, squares, out=least)
    return labels, least


def _squares(columns: Floats, centroid: Floats) -> Floats:
    total = np.zeros(columns.shape[1])
    for column, coordinate in zip(columns, centroid, strict=True):
        difference = column - coordinate
        difference *= difference
        total += difference
    return total
