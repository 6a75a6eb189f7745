"""Lloyd's algorithm from many starts at once, over rows in blocks: all passes over customers.

scikit-learn's KMeans does one start a call, copies the customers, and gives other last bits on
another number of threads. Here BLAS computes the distances of all starts together, blocks of rows
fit a core's cache, and their sums are added in the order of the rows. The results are the same
local optima; tests hold them against scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from training.data.dataset import Floats, Indices

BLOCK_DISTANCES = 2**18
"""So many distances are computed at a time: 2 MB of them."""

SMALLEST_BLOCK = 1_024
MOST_PASSES = 1_000

Labels = np.typing.NDArray[np.unsignedinteger]
Spread = Callable[[Callable[[slice], "_Sums"], Iterable[slice]], Iterator["_Sums"]]


class Space:
    """Customers as the passes read them: column by column, around the origin.

    BLAS computes x² - 2xc + c², which is exact to rounding only near the origin.

    Parameters
    ----------
    points
        Shape (rows, columns).

    Attributes
    ----------
    points
        The points themselves.
    centre
        The mean of the points, shape (columns,).
    columns
        The points less their mean, shape (columns, rows).
    squares
        Squared distance of each row from the mean, shape (rows,).
    """

    def __init__(self, points: Floats) -> None:
        self.points = points
        self.centre = points.mean(axis=0)
        self.columns = np.empty(points.shape[::-1])
        np.subtract(points.T, self.centre[:, None], out=self.columns)
        self.squares = np.einsum("cr,cr->r", self.columns, self.columns)

    @property
    def rows(self) -> int:
        """How many points there are."""
        return len(self.squares)


@dataclass(frozen=True, slots=True)
class Optima:
    """Where each start ended.

    Parameters
    ----------
    centroids
        Shape (starts, k, columns).
    inertias
        Sum of squared distances to the nearest centroid, times the weights; shape (starts,).
    """

    centroids: Floats
    inertias: Floats

    @property
    def best(self) -> int:
        """The start with the least inertia, the first on ties."""
        return int(self.inertias.argmin())


@dataclass(frozen=True, slots=True)
class _Sums:
    counts: Floats
    sums: Floats
    least: Floats

    def add(self, other: _Sums) -> None:
        """Add the sums of the next block."""
        for mine, its in (
            (self.counts, other.counts),
            (self.sums, other.sums),
            (self.least, other.least),
        ):
            np.add(mine, its, out=mine)


def lloyd(
    space: Space,
    centroids: Floats,
    *,
    weights: Floats | None = None,
    tolerance: float = 0.0,
    spread: Spread = map,
) -> Optima:
    """Move centroids to the means of their customers until they stay.

    A centroid that loses all its customers stays where it was.

    Parameters
    ----------
    space
        The points.
    centroids
        Where the starts begin, shape (starts, k, columns).
    weights
        How often each row counts in each start, shape (starts, rows); once where None.
    tolerance
        A start ends when a pass lessens its inertia by no more than this part; 0: when nothing
        moves any more.
    spread
        Applies a function to the blocks of rows: `training.threads.spread`, or here.

    References
    ----------
    S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory, 1982.
    """
    found = centroids - space.centre
    inertias = np.full(len(found), np.inf)
    spent = space.squares.sum() if weights is None else weights @ space.squares
    spent = np.broadcast_to(spent, inertias.shape)
    moving = np.arange(len(found))
    for _ in range(MOST_PASSES):
        before = found[moving]
        of_moving = None if weights is None else weights[moving]
        sums = _pass(space, before, of_moving, spread)
        counts = sums.counts[:, :, None]
        means = np.where(counts > 0, sums.sums / np.maximum(counts, 1e-300), before)
        now = np.maximum(sums.least + spent[moving], 0.0)
        gained = inertias[moving] - now
        inertias[moving] = now
        found[moving] = means
        still = (means != before).any(axis=(1, 2))
        if tolerance:
            still &= gained > tolerance * now
        moving = moving[still]
        if not len(moving):
            break
    return Optima(found + space.centre, inertias)


def nearest(space: Space, centroids: Floats) -> Labels:
    """Give each row's nearest centroid in each start, shape (starts, rows)."""
    labels, _ = _nearest(space.columns, centroids - space.centre)
    return labels


def blocks(rows: int, distances: int) -> Iterator[slice]:
    """Cut rows into blocks, each with so many distances a row; the machine plays no part."""
    size = max(SMALLEST_BLOCK, BLOCK_DISTANCES // distances)
    return (slice(first, min(first + size, rows)) for first in range(0, rows, size))


def seeds(
    space: Space, k: int, draws: list[np.random.Generator], weights: Floats | None = None
) -> Floats:
    """Draw where starts begin by greedy k-means++, as scikit-learn does.

    Each further centroid is the best of 2 + ln k customers, drawn in proportion to their squared
    distance from those already there.

    Parameters
    ----------
    space
        The points.
    k
        How many centroids.
    draws
        Randomness of each start.
    weights
        How often each row counts in each start, shape (starts, rows); once where None.

    Returns
    -------
    centroids
        Shape (starts, k, columns).

    References
    ----------
    D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    starts, trials = len(draws), 2 + int(np.log(k))
    chances = np.array([draw.random((k, trials)) for draw in draws])
    everywhere = np.arange(starts)
    likely = np.ones((starts, space.rows)) if weights is None else weights
    first = _drawn(likely, chances[:, 0, :1])[:, 0]
    chosen = np.empty((starts, k), np.intp)
    chosen[:, 0] = first
    left = _squares(space, first[:, None])[:, 0]
    for place in range(1, k):
        candidates = _drawn(left if weights is None else left * weights, chances[:, place])
        lefts = np.minimum(_squares(space, candidates), left[:, None])
        potentials = (
            lefts.sum(axis=2) if weights is None else np.einsum("str,sr->st", lefts, weights)
        )
        best = potentials.argmin(axis=1)
        chosen[:, place] = candidates[everywhere, best]
        left = lefts[everywhere, best]
    return np.asarray(np.moveaxis(space.columns[:, chosen], 0, -1) + space.centre)


def _drawn(likely: Floats, chances: Floats) -> Indices:
    """Draw rows in proportion, shape (starts, trials)."""
    heights = np.cumsum(likely, axis=1)
    targets = chances * heights[:, -1:]
    rows = [
        np.searchsorted(height, target, "right")
        for height, target in zip(heights, targets, strict=True)
    ]
    return np.asarray(np.minimum(rows, likely.shape[1] - 1), np.intp)


def _squares(space: Space, rows: Indices) -> Floats:
    """Squared distances of all rows from some of them, shape (starts, trials, rows)."""
    few = rows.ravel()
    found = (space.columns[:, few].T * -2) @ space.columns
    found += space.squares
    found += space.squares[few][:, None]
    np.maximum(found, 0.0, out=found)
    return np.asarray(found.reshape(*rows.shape, -1))


def _pass(space: Space, centroids: Floats, weights: Floats | None, spread: Spread) -> _Sums:
    """Count and add up the customers of each centroid, block by block."""

    def add_up(rows: slice) -> _Sums:
        of_block = None if weights is None else weights[:, rows]
        return _add_up(space.columns[:, rows], centroids, of_block)

    starts, k, _ = centroids.shape
    first, *others = spread(add_up, blocks(space.rows, starts * k))
    for part in others:
        first.add(part)
    return first


def _add_up(columns: Floats, centroids: Floats, weights: Floats | None) -> _Sums:
    starts, k, width = centroids.shape
    labels, least = _nearest(columns, centroids)
    places = (labels + np.arange(0, starts * k, k)[:, None]).ravel()

    def by_place(numbers: Floats) -> Floats:
        found = np.bincount(places, numbers.ravel(), starts * k)
        return np.asarray(found, np.float64).reshape(starts, k)

    sums = np.empty((starts, k, width))
    if weights is None:
        counts = np.bincount(places, minlength=starts * k).reshape(starts, k).astype(np.float64)
        for number, column in enumerate(columns):
            sums[:, :, number] = by_place(np.broadcast_to(column, labels.shape))
        return _Sums(counts, sums, least.sum(axis=1))
    for number, column in enumerate(columns):
        sums[:, :, number] = by_place(weights * column)
    return _Sums(by_place(weights), sums, (least * weights).sum(axis=1))


def _nearest(columns: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Give the nearest centroid, the first on ties, and c² - 2xc of it; shape (starts, rows)."""
    starts, k, width = centroids.shape
    flat = centroids.reshape(starts * k, width)
    distances = (flat * -2) @ columns
    distances += np.einsum("kc,kc->k", flat, flat)[:, None]
    distances = distances.reshape(starts, k, -1)
    kind = np.min_scalar_type(k - 1)
    least = distances[:, 0].copy()
    labels = np.zeros(least.shape, kind)
    for number in range(1, k):
        # Bytes and a maximum, as later numbers are larger: several times as fast as np.argmin.
        closer = np.less(distances[:, number], least).astype(kind)
        closer *= kind.type(number)
        np.maximum(labels, closer, out=labels)
        np.minimum(least, distances[:, number], out=least)
    return labels, least
