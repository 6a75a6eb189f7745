"""The gap statistic: how much better the customers cluster than rows without any clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.clustering.assignment import assign
from training.clustering.lloyd import Space, lloyd, seeds
from training.data.dataset import Floats
from training.threads import spread

REFERENCES = 20
"""B: sets of rows without clusters that the customers are held against."""

STARTS = 5
"""k-means is started so often on each of them."""

TOLERANCE = 1e-5
"""Passes over one of them end when one gains no more than this part of the inertia."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The gap statistic of one k.

    Parameters
    ----------
    gap
        Mean logarithm of the references' inertia, less that of the customers'.
    s
        Its standard error by the references, s(k) of Tibshirani.
    error
        Its standard error by the sample of customers.
    """

    gap: float
    s: float
    error: float


def gaps(
    points: Floats, clusterings: Sequence[Floats], *, references: int, seed: int
) -> list[Gap | None]:
    """Measure the gap statistic of several clusterings; None where no inertia is left.

    A reference has as many rows, drawn evenly from the box that holds the customers.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled.
    clusterings
        Centroids of each, shape (k, columns).
    references
        B.
    seed
        Everything random comes from it.

    References
    ----------
    R. Tibshirani, G. Walther and T. Hastie, "Estimating the number of clusters in a data set via
    the gap statistic", Journal of the Royal Statistical Society B, 2001.
    """
    lowest, highest = points.min(axis=0), points.max(axis=0)

    def logarithms(number: int) -> list[float]:
        draw = np.random.default_rng((seed, number))
        space = Space(draw.uniform(lowest, highest, points.shape))
        return [
            _logarithm(space, len(centroids), (seed, number, len(centroids)))
            for centroids in clusterings
        ]

    by_reference = np.array(list(spread(logarithms, range(references))))
    found: list[Gap | None] = []
    for position, centroids in enumerate(clusterings):
        logarithms_of_k = by_reference[:, position]
        squares = assign(points, centroids)[1] ** 2
        inertia = float(squares.sum())
        if inertia <= 0 or not np.isfinite(logarithms_of_k).all():
            found.append(None)
            continue
        found.append(
            Gap(
                gap=float(logarithms_of_k.mean() - np.log(inertia)),
                s=float(logarithms_of_k.std() * np.sqrt(1 + 1 / references)),
                error=float((squares / squares.mean()).std() / np.sqrt(len(points))),
            )
        )
    return found


def _logarithm(space: Space, k: int, seed: tuple[int, ...]) -> float:
    if k == 1:
        inertia = float(space.squares.sum())
    else:
        draws = [np.random.default_rng((*seed, start)) for start in range(STARTS)]
        inertia = float(lloyd(space, seeds(space, k, draws), tolerance=TOLERANCE).inertias.min())
    return float(np.log(inertia)) if inertia > 0 else -np.inf
