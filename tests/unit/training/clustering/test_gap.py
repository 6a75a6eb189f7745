"""The gap statistic, against its definition on paper and on customers with and without clusters."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from training.clustering.gap import gaps


def test_for_one_cluster_it_is_the_definition() -> None:
    points = np.random.default_rng(1).normal(size=(200, 2))
    mean = points.mean(axis=0)

    (found,) = gaps(points, [mean[None]], references=20, seed=7)

    # Tibshirani and others, 2001, with references drawn here: log of the sum of squares.
    draw = np.random.default_rng(99)
    drawn = [draw.uniform(points.min(axis=0), points.max(axis=0), (200, 2)) for _ in range(500)]
    logarithms = [np.log(((one - one.mean(axis=0)) ** 2).sum()) for one in drawn]
    expected = np.mean(logarithms) - np.log(((points - mean) ** 2).sum())
    assert found is not None
    assert found.gap == pytest.approx(expected, abs=0.05)
    assert found.s == pytest.approx(np.std(logarithms) * np.sqrt(1 + 1 / 20), rel=0.5)


def test_three_clusters_have_a_larger_gap_than_any_other_number() -> None:
    draw = np.random.default_rng(0)
    points = np.concatenate([draw.normal(centre, 1, (60, 2)) for centre in (0, 20, 40)])
    with threadpool_limits(1):
        clusterings = [
            KMeans(k, n_init=10, random_state=0).fit(points).cluster_centers_ for k in (1, 2, 3, 4)
        ]

    found = gaps(points, clusterings, references=10, seed=0)

    assert max(range(4), key=lambda position: found[position].gap) == 2  # type: ignore[union-attr]


def test_a_single_cloud_of_customers_is_no_clusters() -> None:
    points = np.random.default_rng(4).normal(size=(150, 2))
    with threadpool_limits(1):
        clusterings = [
            KMeans(k, n_init=10, random_state=0).fit(points).cluster_centers_ for k in range(1, 6)
        ]

    first, *others = gaps(points, clusterings, references=20, seed=0)

    assert first is not None
    assert all(first.gap >= one.gap - one.s for one in others if one is not None)


def test_where_no_inertia_is_left_there_is_no_gap() -> None:
    points = np.array([[0.0], [1.0], [1.0]])

    assert gaps(points, [np.array([[0.0], [1.0]])], references=2, seed=0) == [None]
