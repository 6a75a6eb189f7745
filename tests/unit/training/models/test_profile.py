"""Profiles, radius and baseline, against numbers made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from segmentation.model import Baseline
from tests.support.models import shipped_spec
from training.data.dataset import Dataset
from training.models.profile import baseline, profile, radii, z_scores

# Gender, age, income, score.
ROWS = np.array(
    [
        [0, 20, 10, 10],
        [1, 30, 20, 20],
        [1, 40, 30, 30],
        [1, 50, 40, 40],
    ],
    dtype=np.float64,
)


def dataset(rows: np.ndarray = ROWS) -> Dataset:
    return Dataset(shipped_spec(), rows, "a.csv", "", 1, {})


def test_a_profile_tells_the_spread_of_each_feature() -> None:
    z = {"gender": 0.1, "age": -1.3, "annual_income": 0.0, "spending_score": 2.0}

    told: Any = profile(dataset(), np.array([1, 2, 3]), z, ("annual_income",)).to_dict()

    assert told["features"] == {
        "gender": {"shares": {"Female": 0.0, "Male": 1.0}, "z": 0.1},
        "age": {
            "mean": 40.0,
            "minimum": 30.0,
            "quartiles": [35.0, 40.0, 45.0],
            "maximum": 50.0,
            "z": -1.3,
        },
        "annual_income": {
            "mean": 30.0,
            "minimum": 20.0,
            "quartiles": [25.0, 30.0, 35.0],
            "maximum": 40.0,
            "z": 0.0,
        },
        "spending_score": {
            "mean": 30.0,
            "minimum": 20.0,
            "quartiles": [25.0, 30.0, 35.0],
            "maximum": 40.0,
            "z": 2.0,
        },
    }
    assert told["set_apart_by"] == ["spending_score", "age", "gender"]
    assert told["close_to_average"] == ["annual_income"]


def test_z_counts_population_standard_deviations_from_the_mean_of_all() -> None:
    (z,) = z_scores(dataset(), np.array([[0.75, 35.0, 25.0 + 125**0.5, 25.0 - 125**0.5]]))

    # Of 10, 20, 30, 40: mean 25, population variance 125.
    assert z == pytest.approx(
        {"gender": 0.0, "age": 0.0, "annual_income": 1.0, "spending_score": -1.0}
    )


def test_the_radius_is_the_rms_distance_times_one_factor_for_all() -> None:
    labels = np.array([0, 0, 1, 1])
    distances = np.array([1.0, 7.0, 3.0, 3.0])

    # rms 5 and 3; distance over rms is at most 7 / 5, which the higher percentile takes.
    assert radii(labels, distances, 2) == pytest.approx([7.0, 3 * 7 / 5])


def test_the_percentile_leaves_half_a_per_cent_outside() -> None:
    distances = np.linspace(0, 1, 1001)
    labels = np.zeros(1001, np.intp)

    (radius,) = radii(labels, distances, 1)

    assert radius == pytest.approx(0.995)
    assert (distances > radius + 1e-12).sum() == 5


def test_a_segment_without_spread_takes_the_pooled_rms() -> None:
    labels = np.array([0, 0, 1, 1])
    distances = np.array([0.0, 0.0, 4.0, 4.0])

    # Pooled: sqrt(32 / 4) = 8 ** 0.5; the factor is 4 / 4 = 1.
    assert radii(labels, distances, 2) == pytest.approx([8**0.5, 4.0])


def test_without_any_spread_the_radius_is_zero() -> None:
    assert radii(np.array([0, 1]), np.zeros(2), 2) == [0.0, 0.0]


def test_the_baseline_cuts_numbers_at_their_deciles() -> None:
    rows = np.column_stack([np.arange(100) % 2, np.arange(100), np.ones(100), np.arange(100)])

    spread = baseline(dataset(rows.astype(np.float64)))

    # The lower of two neighbours at each decile of 0, 1, … 99.
    assert spread["age"].edges == (9, 19, 29, 39, 49, 59, 69, 79, 89)
    assert spread["age"].shares == pytest.approx((0.09, *(8 * (0.1,)), 0.11))
    assert spread["gender"] == Baseline(None, (0.5, 0.5))


def test_equal_deciles_are_merged_and_no_bin_is_empty() -> None:
    ages = np.array([20.0] * 60 + [30.0] * 35 + [40.0] * 5)
    rows = np.column_stack([np.zeros(100), ages, ages, ages])

    spread = baseline(dataset(rows))["age"]

    assert spread == Baseline((30.0,), (0.6, 0.4))


def test_a_feature_with_one_value_has_one_bin() -> None:
    rows = np.full((5, 4), 1.0)

    assert baseline(dataset(rows))["age"] == Baseline((), (1.0,))
