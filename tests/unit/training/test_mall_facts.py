"""The published figures of the real data set, where a user has its file."""

from __future__ import annotations

import pytest

from tests.support.customers import mall_file, read, with_mall_file
from training.clustering.lloyd import Space
from training.clustering.starts import Starts, cluster
from training.clustering.sweep import Options
from training.data.dataset import Dataset
from training.job import train

pytestmark = with_mall_file


@pytest.fixture(scope="module")
def data() -> Dataset:
    return read(mall_file())


def test_one_start_gives_the_published_segments(data: Dataset) -> None:
    model = train(data, Options(k=3, starts=Starts.exactly(1), seed=42, bootstraps=0))

    assert model.metrics.inertia == pytest.approx(158794.22, abs=0.005)
    assert model.metrics.silhouette == pytest.approx(0.3355, abs=0.00005)
    assert [
        (one.id, one.size, one.name, one.description, one.advice) for one in model.segments
    ] == [
        (
            0,
            124,
            "Low Income - Low Spending",
            "Conservative spenders with limited income",
            "Budget-conscious promotions, value-focused messaging",
        ),
        (
            1,
            41,
            "High Income - High Spending",
            "Premium customers with high purchasing power",
            "Premium offerings, loyalty programs, exclusive access",
        ),
        (
            2,
            35,
            "Young Low Income - High Spending",
            "Younger demographic with high engagement despite lower income",
            "Trend-driven campaigns, payment flexibility options",
        ),
    ]
    for segment, centre in zip(
        model.segments,
        (
            (0.435, 44.48, 59.88, 35.43),
            (0.463, 32.98, 88.73, 79.24),
            (0.429, 25.77, 29.97, 68.51),
        ),
        strict=True,
    ):
        assert segment.centroid == pytest.approx(centre, abs=0.006)


def test_by_default_every_k_is_at_its_best(data: Dataset) -> None:
    # 300 starts reach every optimum; the 2,000 of the default confirm them, but take seconds.
    model = train(data, Options(starts=Starts(maximum=300)))

    assert model.k == 6
    assert model.metrics.inertia == pytest.approx(58348.64, abs=0.005)
    assert model.metrics.silhouette == pytest.approx(0.452, abs=0.0005)
    inertias = [row.inertia for row in model.sweep]
    assert inertias == pytest.approx(
        [
            *(308862.06, 212889.44, 143391.59, 104414.68, 75399.62),
            *(58348.64, 51130.69, 44355.31, 40615.15),
        ],
        abs=0.005,
    )
    silhouettes = [row.silhouette for row in model.sweep[1:]]
    assert silhouettes == pytest.approx(
        [0.293, 0.384, 0.405, 0.444, 0.452, 0.441, 0.428, 0.416], abs=0.0005
    )
    assert [one.name for one in model.segments] == [
        "Older Average Income - Average Spending",
        "High Income - High Spending",
        "Young Average Income - Average Spending",
        "High Income - Low Spending",
        "Young Low Income - High Spending",
        "Low Income - Low Spending",
    ]


def test_thirty_starts_already_find_the_best_three_segments(data: Dataset) -> None:
    model = train(data, Options(k=3, starts=Starts.exactly(30), bootstraps=0, references=0))

    assert model.metrics.inertia == pytest.approx(143391.59, abs=0.005)
    assert model.metrics.silhouette == pytest.approx(0.384, abs=0.0005)
    assert [one.size for one in model.segments] == [123, 39, 38]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(50))
def test_every_seed_finds_the_optimum(data: Dataset, seed: int) -> None:
    space = Space(data.encoded)

    found = [cluster(space, k, starts=Starts(), seed=seed) for k in (3, 5, 6)]

    assert [round(one.inertia, 2) for one in found] == [143391.59, 75399.62, 58348.64]
    assert all(one.hits >= 10 for one in found)
