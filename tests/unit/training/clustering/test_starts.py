"""k-means from many starts: as good as scikit-learn, and the rule says when it is enough."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from training.clustering import starts
from training.clustering.lloyd import Space
from training.clustering.starts import Starts, cluster, distinct_rows

# Two pairs and a loner: the best k = 2 puts the pairs together, the best k = 3 keeps all apart.
FIVE = np.array([[0.0, 0.0], [0.0, 2.0], [10.0, 0.0], [10.0, 2.0], [100.0, 1.0]])


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def blobs(seed: int = 0, rows: int = 300) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(rows, 4)) * (0.5, 13, 26, 25)


def test_the_optimum_of_points_on_paper_is_found() -> None:
    two = cluster(Space(FIVE), 2, starts=Starts(), seed=0)
    three = cluster(Space(FIVE), 3, starts=Starts(), seed=0)

    # Each of four points lies sqrt(25 + 1) from (5, 1); each of a pair lies 1 from its middle.
    assert two.inertia == pytest.approx(104.0, rel=1e-12)
    assert sorted(two.centroids.tolist()) == [[5.0, 1.0], [100.0, 1.0]]
    assert three.inertia == pytest.approx(4.0, rel=1e-12)
    assert sorted(three.centroids.tolist()) == [[0.0, 1.0], [10.0, 1.0], [100.0, 1.0]]


def test_one_start_is_scikit_learns_own_recipe_to_the_last_bit() -> None:
    points = blobs()
    expected = KMeans(n_clusters=4, random_state=42).fit(points)

    found = cluster(Space(points), 4, starts=Starts.exactly(1), seed=42)

    largest_first = np.argsort(-np.bincount(expected.labels_), kind="stable")
    assert np.array_equal(found.centroids, expected.cluster_centers_[largest_first])
    assert found.inertia == pytest.approx(expected.inertia_, rel=1e-12)
    assert (found.starts, found.hits) == (1, 1)


def test_many_starts_are_at_least_as_good_as_any_seed() -> None:
    points = blobs()
    best = min(
        KMeans(n_clusters=5, random_state=seed, n_init=1).fit(points).inertia_
        for seed in range(100)
    )

    found = cluster(Space(points), 5, starts=Starts(maximum=200), seed=42)

    assert found.inertia <= best * (1 + 1e-9)


def test_the_same_seed_gives_the_same_bits_again() -> None:
    one, again = (cluster(Space(blobs()), 3, starts=Starts(), seed=5) for _ in range(2))

    assert np.array_equal(one.centroids, again.centroids)
    assert (one.starts, one.hits) == (again.starts, again.hits)


def test_starts_end_after_the_least_number_when_the_best_came_often() -> None:
    found = cluster(Space(FIVE), 2, starts=Starts(minimum=30, hits=10), seed=0)

    assert (found.starts, found.hits) == (30, 30)


def test_starts_go_on_until_the_best_came_often_enough() -> None:
    rule = Starts(minimum=2, hits=3, maximum=400)

    found = cluster(Space(blobs(3, 120)), 4, starts=rule, seed=1)

    assert found.hits >= 3
    assert 3 <= found.starts < 400


def test_starts_end_at_the_largest_number_without_confirmation() -> None:
    found = cluster(Space(blobs(3, 150)), 9, starts=Starts(minimum=2, hits=500, maximum=20), seed=1)

    assert found.starts == 20
    assert found.hits < 500


def test_starts_end_when_the_time_is_up_and_say_so() -> None:
    ticks = itertools.count(step=6.0)
    rule = Starts(minimum=2, hits=10_000, seconds=20)

    found = cluster(Space(blobs()), 5, starts=rule, seed=1, clock=lambda: next(ticks))

    # The clock was looked at before, and after 2, 102, 202 and 302 starts: at 0, 6, 12, 18, 24.
    assert found.starts == 302
    assert found.out_of_time


def test_starts_that_were_enough_did_not_run_out_of_time() -> None:
    ticks = itertools.count(step=60.0)

    found = cluster(Space(FIVE), 2, starts=Starts(), seed=1, clock=lambda: next(ticks))

    assert not found.out_of_time


def test_with_many_rows_starts_are_fewer_whatever_the_machine() -> None:
    assert Starts().most(200) == 2_000
    assert Starts().most(20_000) == 500
    assert Starts().most(1_000_000) == 100


@pytest.mark.parametrize("k", [2, 5, 9])
def test_the_bits_are_the_same_on_any_number_of_cores(
    k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = np.random.default_rng(5).normal(size=(9_000, 4)) * (0.5, 13, 26, 25)
    monkeypatch.setattr(starts, "START_ROWS", 2_000)
    found = []
    for cores in (1, 2, 7):
        monkeypatch.setattr("training.threads.available_cores", lambda cores=cores: cores)
        found.append(cluster(Space(points), k, starts=Starts(minimum=20, maximum=40), seed=3))

    assert {one.centroids.tobytes() for one in found} == {found[0].centroids.tobytes()}
    assert {one.inertia for one in found} == {found[0].inertia}


def test_from_a_sample_the_optimum_of_all_rows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(2)
    points = np.concatenate([draw.normal(centre, 3, (1_500, 3)) for centre in (0, 9, 18, 40)])
    draw.shuffle(points)
    monkeypatch.setattr(starts, "START_ROWS", 500)

    found = cluster(Space(points), 4, starts=Starts(), seed=1)

    expected = KMeans(4, n_init=20, random_state=0).fit(points)
    assert found.inertia == pytest.approx(expected.inertia_, rel=1e-4)
    assert found.totals.sizes.sum() == 6_000


def test_exactly_so_many_starts_are_made() -> None:
    found = cluster(Space(FIVE), 2, starts=Starts.exactly(7), seed=0)

    assert (found.starts, found.hits) == (7, 7)


def test_one_cluster_is_the_mean_and_needs_one_start() -> None:
    found = cluster(Space(FIVE), 1, starts=Starts(), seed=0)

    assert found.centroids.tolist() == [[24.0, 1.0]]
    assert found.starts == 1


def test_points_that_differ_by_less_than_arithmetic_sees_are_clustered_without_noise() -> None:
    # pytest turns scikit-learn's warning that clusters coincide into an error.
    points = np.array([[1e100], [5e99], [0.0], [1.0], [2.0]])

    assert cluster(Space(points), 4, starts=Starts.exactly(2), seed=0).k == 4


@pytest.mark.parametrize(("enough", "expected"), [(2, 2), (3, 3), (9, 3)])
def test_distinct_rows_are_counted_no_further_than_asked(enough: int, expected: int) -> None:
    points = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [3.0, 3.0], [2.0, 1.0]])

    assert distinct_rows(points, enough) == expected


def test_distinct_rows_are_found_behind_a_long_run_of_equal_ones() -> None:
    points = np.zeros((250_000, 2))
    points[-2:] = [[1.0, 1.0], [2.0, 2.0]]

    assert distinct_rows(points, 9) == 3
