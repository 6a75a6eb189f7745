"""k-means from many starts: the best of them, and how sure it is that there is none better.

One start of Lloyd's algorithm ends in a local optimum that depends on where it began. Starts are
repeated until the best result has come up several times; scikit-learn's KMeans does each one.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from training.dataset import Floats

SAME_INERTIA = 1e-9
"""Two results whose inertias differ by no more than this part are the same optimum."""


@dataclass(frozen=True, slots=True)
class Starts:
    """When to stop starting again.

    Parameters
    ----------
    minimum, maximum
        At least and at most this many.
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


@dataclass(frozen=True, slots=True)
class Clustering:
    """The best clustering that was found for one k.

    Parameters
    ----------
    centroids
        Shape (k, columns), scaled.
    inertia
        Sum of squared distances to the nearest centroid.
    starts, hits
        How many starts there were, and how many of them ended in this result.
    """

    centroids: Floats
    inertia: float
    starts: int
    hits: int

    @property
    def k(self) -> int:
        """The number of clusters."""
        return len(self.centroids)


def cluster(
    points: Floats,
    k: int,
    *,
    starts: Starts,
    seed: int,
    clock: Callable[[], float] = time.monotonic,
) -> Clustering:
    """Find the best clustering of the points, in the order in which they stand.

    The first start is ``KMeans(k, random_state=seed)`` with scikit-learn's defaults when it is the
    only one; several starts run to full convergence, so that equal optima have equal inertias.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled, with at least k distinct rows.
    k
        How many clusters.
    starts
        When to stop.
    seed
        Everything random comes from it.
    clock
        Monotonic seconds.

    References
    ----------
    S. Lloyd, "Least squares quantization in PCM", 1982; D. Arthur and S. Vassilvitskii,
    "k-means++: the advantages of careful seeding", SODA 2007.
    """
    if k == 1:  # every start ends in the mean
        starts = Starts.exactly(1)
    settings = {} if starts.maximum == 1 else {"tol": 0.0, "max_iter": 1_000}
    best: KMeans | None = None
    inertias: list[float] = []
    began = clock()
    while not _enough(starts, inertias, clock() - began):
        state = seed if not inertias else _state(seed, k, len(inertias))
        found = _start(points, k, state, **settings)
        inertias.append(float(found.inertia_))
        if best is None or found.inertia_ < best.inertia_:
            best = found
    assert best is not None  # noqa: S101  there is always a first start
    return Clustering(
        centroids=np.asarray(best.cluster_centers_, np.float64),
        inertia=float(best.inertia_),
        starts=len(inertias),
        hits=_hits(inertias),
    )


def _start(points: Floats, k: int, state: int, **settings: float) -> KMeans:
    with warnings.catch_warnings():
        # It says that clusters coincide; a model with an empty segment is refused by the job.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(n_clusters=k, n_init=1, random_state=state, **settings).fit(points)


def _enough(starts: Starts, inertias: list[float], seconds: float) -> bool:
    done = len(inertias)
    if done == 0:
        return False
    if done >= starts.maximum or seconds >= starts.seconds:
        return True
    return done >= starts.minimum and _hits(inertias) >= starts.hits


def _hits(inertias: list[float]) -> int:
    limit = min(inertias) * (1 + SAME_INERTIA)
    return sum(inertia <= limit for inertia in inertias)


def _state(seed: int, k: int, start: int) -> int:
    """Give each start a seed of its own, independent of those of neighbouring seeds and of k."""
    return int(np.random.SeedSequence((seed, k, start)).generate_state(1)[0])


def distinct_rows(points: Floats, enough: int) -> int:
    """Count distinct rows, no further than `enough`."""
    found = np.empty((0, points.shape[1]))
    for first in range(0, len(points), 100_000):
        block = np.unique(points[first : first + 100_000], axis=0)
        found = np.unique(np.concatenate([found, block[: enough + len(found)]]), axis=0)
        if len(found) >= enough:
            return enough
    return len(found)
