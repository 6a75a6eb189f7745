"""Offset and scale are those of scikit-learn's scalers, for numeric features only."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from segmentation.spec import Spec
from training.clustering.scaling import fit_columns, scale_warnings, scaled, usual
from training.data.dataset import Dataset
from training.errors import TrainingRefused

RAW: dict[str, Any] = {
    "name": "shoppers",
    "id": {"name": "shopper"},
    "features": [
        {
            "name": "plan",
            "kind": "categorical",
            "encoding": "one_hot",
            "categories": [{"name": "Basic"}, {"name": "Pro"}],
        },
        {"name": "spend", "kind": "numeric", "scaling": "none"},
    ],
    "naming": {"base": [{"feature": "spend", "word": "Spend"}]},
}
SPEND = np.array([3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0])


def dataset(scaling: str, spend: np.ndarray = SPEND) -> Dataset:
    raw = copy.deepcopy(RAW)
    raw["features"][1]["scaling"] = scaling
    plan = np.arange(len(spend)) % 2
    encoded = np.column_stack([plan == 0, plan == 1, spend]).astype(np.float64)
    return Dataset(Spec.from_dict(raw), encoded, "a.csv", "", 1, {})


@pytest.mark.parametrize(
    ("scaling", "scaler"),
    [("standard", StandardScaler()), ("minmax", MinMaxScaler()), ("robust", RobustScaler())],
)
def test_numbers_are_scaled_as_scikit_learn_does(scaling: str, scaler: Any) -> None:
    data = dataset(scaling)

    found = scaled(fit_columns(data), data.encoded)

    assert found[:, 2] == pytest.approx(scaler.fit_transform(SPEND[:, None])[:, 0])


def test_without_scaling_the_points_are_the_values() -> None:
    data = dataset("none")

    assert np.array_equal(scaled(fit_columns(data), data.encoded), data.encoded)


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "robust"])
def test_categories_are_never_scaled(scaling: str) -> None:
    basic, pro, _ = fit_columns(dataset(scaling))

    assert (basic.category, basic.offset, basic.scale) == ("Basic", 0.0, 1.0)
    assert (pro.category, pro.offset, pro.scale) == ("Pro", 0.0, 1.0)


def test_a_spread_of_zero_scales_by_one() -> None:
    mostly_equal = np.array([7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 9.0])

    *_, spend = fit_columns(dataset("robust", mostly_equal))

    assert (spend.offset, spend.scale) == (7.0, 1.0)


def changed(dataset_: Dataset, **fields: object) -> Dataset:
    """Give the same customers under a spec whose feature spend has other fields."""
    raw = copy.deepcopy(RAW)
    raw["features"][1] |= {"valid": {"min": 0}} | fields
    return Dataset(Spec.from_dict(raw), dataset_.encoded, "a.csv", "", 1, {})


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "robust"])
def test_a_weight_counts_after_scaling(scaling: str) -> None:
    plain, heavy = dataset(scaling), changed(dataset(scaling), scaling=scaling, weight=4)

    found = scaled(fit_columns(heavy), heavy.encoded)

    assert found[:, 2] == pytest.approx(4 * scaled(fit_columns(plain), plain.encoded)[:, 2])
    assert np.array_equal(found[:, :2], plain.encoded[:, :2])


def test_a_categorical_feature_has_a_weight_too() -> None:
    raw = copy.deepcopy(RAW)
    raw["features"][0]["weight"] = 3
    data = Dataset(Spec.from_dict(raw), dataset("none").encoded, "a.csv", "", 1, {})

    found = scaled(fit_columns(data), data.encoded)

    assert found[:2, :2].tolist() == [[3.0, 0.0], [0.0, 3.0]]


def test_a_logarithm_is_taken_before_scaling() -> None:
    data = changed(dataset("standard"), scaling="standard", transform="log1p")

    found = scaled(fit_columns(data), data.encoded)

    expected = StandardScaler().fit_transform(np.log1p(SPEND)[:, None])
    assert found[:, 2] == pytest.approx(expected[:, 0])


def test_who_has_no_spread_is_warned_of() -> None:
    # More than half have the same value: the interquartile range is 0, the range is not.
    spend = np.array([7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 9.0])

    assert scale_warnings(dataset("robust", spend)) == [
        'column "spend" has a spread of 0 by robust scaling, its scale is 1 instead'
    ]
    assert scale_warnings(dataset("minmax", spend)) == []
    assert fit_columns(dataset("robust", spend))[2].scale == 1.0


class TestOutliers:
    def spec(self, beyond: float | None) -> Spec:
        return Spec.from_dict(
            RAW | ({} if beyond is None else {"fit": {"outliers_beyond": beyond}})
        )

    def points(self, spend: np.ndarray) -> np.ndarray:
        return np.column_stack([spend < 0, spend >= 0, spend]).astype(np.float64)

    def test_nobody_is_left_out_unless_the_spec_says_so(self) -> None:
        assert usual(self.spec(None), self.points(np.arange(100.0))) is None

    def test_who_lies_beyond_the_fence_is_left_out(self) -> None:
        # With the two far ones the quartiles are 25.25 and 75.75: the fence is at 227.25.
        spend = np.append(np.arange(100.0), [227.25, 227.26])

        kept = usual(self.spec(3), self.points(spend))

        assert kept is not None
        assert np.flatnonzero(~kept).tolist() == [101]

    def test_a_feature_without_an_interquartile_range_leaves_nobody_out(self) -> None:
        kept = usual(self.spec(3), self.points(np.array([1.0] * 20 + [1000.0])))

        assert kept is not None
        assert kept.all()

    def test_a_fence_through_the_customers_is_refused(self) -> None:
        # 4 of 30 far out: quartiles 0.25 … 0.75 of the rest, and 13.3 % beyond.
        spend = np.append(np.linspace(0, 1, 26), [50.0] * 4)

        with pytest.raises(TrainingRefused, match=r"leaves out 13\.3% of the customers"):
            usual(self.spec(3), self.points(spend))
