"""Samples of customers, where a criterion would compare each with every other."""

from __future__ import annotations

import numpy as np

from training.data.dataset import Floats

START_ROWS = 50_000
"""k-means is started on so many customers, and goes on from the best start on all of them."""

CRITERION_ROWS = 10_000
"""Silhouette, gap statistic and stability are measured on so many."""


def sample(points: Floats, rows: int, seed: int) -> Floats:
    """Give so many rows, drawn without replacement, in their order; all if there are no more.

    Examples
    --------
    >>> sample(np.arange(6.0)[:, None], 3, seed=1).shape, sample(np.eye(2), 9, seed=1).shape
    ((3, 1), (2, 2))
    """
    if len(points) <= rows:
        return points
    draw = np.random.default_rng((seed, rows))
    chosen = draw.choice(len(points), rows, replace=False, shuffle=False)
    return points[np.sort(chosen)]
