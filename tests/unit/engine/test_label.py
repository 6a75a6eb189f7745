"""Labels at the places where rules matter, with distances by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.label import RUN_ROWS, Labeller, Labels
from segmentation.model import Model
from tests.support.models import mall_model, shopper_model

MALL = mall_model()
"""Centroids (0.5, 45, 60, 35), (0.5, 33, 90, 80), (0.5, 26, 30, 70); radii 70, 50, 40."""


def label(model: Model, *customers: tuple[float, ...]) -> Labels:
    columns = [np.array(column, np.float64) for column in zip(*customers, strict=True)]
    return Labeller(model).label(columns)


def test_a_customer_on_a_centroid_has_distance_zero_and_margin_one() -> None:
    labels = label(MALL, (0.5, 33.0, 90.0, 80.0))

    assert labels.index.tolist() == [1]
    assert labels.distance.tolist() == [0.0]
    assert labels.margin.tolist() == [1.0]
    assert labels.outlier.tolist() == [False]


def test_between_two_centroids_the_lower_id_wins_and_the_margin_is_zero() -> None:
    # Halfway between segments 0 and 1: (0, 6, 15, 22.5) from both, the third is farther.
    labels = label(MALL, (0.5, 39.0, 75.0, 57.5))

    assert labels.index.tolist() == [0]
    assert labels.distance.tolist() == [(36 + 225 + 506.25) ** 0.5]
    assert labels.margin.tolist() == [0.0]


def test_margin_is_the_part_by_which_the_second_is_farther() -> None:
    # (3, 4, 0) from segment 0, (22, 34, 35) from segment 2, (15, 26, 45) from segment 1.
    labels = label(MALL, (0.5, 48.0, 64.0, 35.0))

    assert labels.distance.tolist() == [5.0]
    second = (484 + 1156 + 1225) ** 0.5
    assert labels.margin.tolist() == [(second - 5.0) / second]


def test_an_outlier_is_beyond_the_radius_and_not_on_it() -> None:
    on, beyond = (0.5, 26.0, -10.0, 70.0), (0.5, 26.0, -10.000001, 70.0)

    labels = label(MALL, on, beyond)

    assert labels.index.tolist() == [2, 2]
    assert labels.distance[0] == 40.0
    assert labels.outlier.tolist() == [False, True]


def test_scaled_and_one_hot_columns() -> None:
    # visits 12 and spend 150 are 0.5 and 1 when scaled: the shopper of tests.support.models.
    labels = label(shopper_model(), (0.0, 1.0, 0.0, 12.0, 150.0))

    assert labels.index.tolist() == [1]
    assert labels.distance.tolist() == [0.5]
    assert labels.margin.tolist() == [(3.25**0.5 - 0.5) / 3.25**0.5]
    assert labels.outlier.tolist() == [False]


@pytest.mark.parametrize("rows", [0, 1, RUN_ROWS - 1, RUN_ROWS, RUN_ROWS + 1, 3 * RUN_ROWS + 7])
def test_runs_of_rows_leave_no_seam(rows: int) -> None:
    ages = np.linspace(0, 120, rows)
    columns = [np.zeros(rows), ages, np.full(rows, 60.0), np.full(rows, 35.0)]

    whole = Labeller(MALL).label(columns)

    halves = [
        Labeller(MALL).label([column[part] for column in columns])
        for part in (slice(0, rows // 2), slice(rows // 2, None))
    ]
    for name in ("index", "distance", "margin", "outlier"):
        joined = np.concatenate([getattr(half, name) for half in halves])
        assert np.array_equal(getattr(whole, name), joined)
    assert len(whole.index) == rows


def test_a_labeller_remembers_nothing_of_the_rows_before() -> None:
    labeller = Labeller(shopper_model())
    columns = [np.array([value]) for value in (0.0, 1.0, 0.0, 12.0, 150.0)]
    first = labeller.label(columns)
    labeller.label([column + 5 for column in columns])

    assert labeller.label(columns).distance.tolist() == first.distance.tolist() == [0.5]
    assert columns[3].tolist() == [12.0], "what is given is not written to"


def test_more_than_127_segments() -> None:
    segments = tuple(
        dataclasses.replace(MALL.segments[0], id=number, centroid=(0.0, float(number), 0.0, 0.0))
        for number in range(300)
    )
    model = dataclasses.replace(MALL, segments=segments)

    labels = label(model, *((0.0, float(age), 0.0, 0.0) for age in (0, 127, 128, 255, 256, 299)))

    assert labels.index.tolist() == [0, 127, 128, 255, 256, 299]


def test_the_largest_numbers_that_can_be_scored_do_not_overflow() -> None:
    labels = label(MALL, (0.0, 1e100, -1e100, 1e100))

    assert np.isfinite(labels.distance).all()
    assert np.isfinite(labels.margin).all()
