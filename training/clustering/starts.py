"""k-means from many starts: the best of them, and how sure it is that there is none better.

One start of Lloyd's algorithm ends in a local optimum that depends on where it began. Starts are
repeated until the best result has come up several times.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from training.clustering.assignment import Totals, totals
from training.clustering.lloyd import Optima, Space, lloyd, seeds
from training.clustering.sampling import START_ROWS, sample
from training.data.dataset import Floats
from training.threads import spread

SAME_INERTIA = 1e-9
"""Two results whose inertias differ by no more than this part are the same optimum."""

TOLERANCE = 1e-7
"""Beyond `START_ROWS` the passes over all rows end when one gains no more than this part."""

MOST_STARTED_ROWS = 10_000_000
"""Starts times rows: 20 s of work, counted so that the speed of the machine plays no part."""

BATCH = 100
_TOGETHER = 2**18


@dataclass(frozen=True, slots=True)
class Starts:
    """When to stop starting again.

    Parameters
    ----------
    minimum, maximum
        At least and at most this many; beyond 5,000 rows at most `MOST_STARTED_ROWS` over them.
    hits
        Enough once the best result has come up this often.
    seconds
        Enough after this time, whatever was found.
    """

    minimum: int = 100
    hits: int = 10
    maximum: int = 2_000
    seconds: float = 20.0

    @classmethod
    def exactly(cls, number: int) -> Starts:
        """Start this many times, however long it takes."""
        return cls(number, number, number, float("inf"))

    def most(self, rows: int) -> int:
        """Give the largest number of starts on so many rows.

        Examples
        --------
        >>> Starts().most(200), Starts().most(50_000), Starts.exactly(500).most(50_000)
        (2000, 200, 500)
        """
        return max(self.minimum, min(self.maximum, MOST_STARTED_ROWS // rows))


@dataclass(frozen=True, slots=True)
class Clustering:
    """The best clustering that was found for one k.

    Parameters
    ----------
    centroids
        Shape (k, columns), scaled; the one with most customers first.
    totals
        What the customers of each add up to.
    starts, hits
        How many starts there were, and how many of them ended in this result.
    out_of_time
        Whether the clock ended the starts, so that a faster machine may find another result.
    """

    centroids: Floats
    totals: Totals
    starts: int
    hits: int
    out_of_time: bool = False

    @property
    def k(self) -> int:
        """The number of clusters."""
        return len(self.centroids)

    @property
    def inertia(self) -> float:
        """Sum of squared distances to the nearest centroid."""
        return float(self.totals.squares.sum())


def cluster(
    space: Space,
    k: int,
    *,
    starts: Starts,
    seed: int,
    clock: Callable[[], float] = time.monotonic,
) -> Clustering:
    """Find the best clustering of the points, in the order in which they stand.

    A single start is ``KMeans(k, random_state=seed)`` with scikit-learn's defaults. Several run to
    full convergence, so that equal optima have equal inertias; beyond `START_ROWS` rows they run on
    a sample, and the best of them goes on over all rows.

    Parameters
    ----------
    space
        The points, scaled, with at least k distinct rows.
    k
        How many clusters.
    starts
        When to stop.
    seed
        Everything random comes from it.
    clock
        Monotonic seconds.
    """
    points = space.points
    if k == 1:  # every start ends in the mean
        return _counted(points, points.mean(axis=0)[None], 1, 1, out_of_time=False)
    if starts.maximum == 1:
        return _counted(points, _recipe(points, k, seed), 1, 1, out_of_time=False)
    sampled = len(points) > START_ROWS
    started = Space(sample(points, START_ROWS, seed)) if sampled else space
    limit = starts.most(started.rows)
    inertias: list[float] = []
    best: Floats | None = None
    out_of_time, began = False, clock()
    while True:
        more = min(BATCH, limit - len(inertias)) if inertias else starts.minimum
        for optima in _started(started, k, range(len(inertias), len(inertias) + more), seed):
            if best is None or optima.inertias.min() < min(inertias):
                best = optima.centroids[optima.best]
            inertias += optima.inertias.tolist()
        done = len(inertias)
        if done >= limit or _hits(inertias) >= starts.hits:
            break
        if clock() - began >= starts.seconds:
            out_of_time = True
            break
    assert best is not None  # noqa: S101  there is always a first start
    if sampled:
        best = lloyd(space, best[None], tolerance=TOLERANCE, spread=spread).centroids[0]
    return _counted(points, best, done, _hits(inertias), out_of_time)


def _recipe(points: Floats, k: int, seed: int) -> Floats:
    with warnings.catch_warnings():
        # It says that clusters coincide; a model with an empty segment is refused by the job.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(KMeans(k, random_state=seed).fit(points).cluster_centers_, np.float64)


def _started(space: Space, k: int, numbers: range, seed: int) -> Iterator[Optima]:
    """Run starts, in the order of their numbers; each has a random stream of its own."""

    def run(group: range) -> Optima:
        draws = [np.random.default_rng((seed, k, number)) for number in group]
        return lloyd(space, seeds(space, k, draws))

    size = max(1, _TOGETHER // (space.rows * k))
    return spread(run, (numbers[first : first + size] for first in range(0, len(numbers), size)))


def _hits(inertias: list[float]) -> int:
    limit = min(inertias) * (1 + SAME_INERTIA)
    return sum(inertia <= limit for inertia in inertias)


def recounted(found: Clustering, points: Floats) -> Clustering:
    """Give the same centroids with the totals, and in the order, of other points."""
    return _counted(points, found.centroids, found.starts, found.hits, found.out_of_time)


def _counted(
    points: Floats, centroids: Floats, starts: int, hits: int, out_of_time: bool
) -> Clustering:
    """Put the largest cluster first; equal ones stand as their centroids do: no start decides."""
    found = totals(points, centroids)
    order = np.lexsort([*centroids.T[::-1], -found.sizes])
    return Clustering(centroids[order], found.ordered(order), starts, hits, out_of_time)


def distinct_rows(points: Floats, enough: int) -> int:
    """Count distinct rows, no further than `enough`."""
    found = np.empty((0, points.shape[1]))
    for first in range(0, len(points), 100_000):
        block = np.unique(points[first : first + 100_000], axis=0)
        found = np.unique(np.concatenate([found, block[: enough + len(found)]]), axis=0)
        if len(found) >= enough:
            return enough
    return len(found)
