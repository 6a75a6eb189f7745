"""Offset and scale are those of scikit-learn's scalers, for numeric features only."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from segmentation.spec import Spec
from training.dataset import Dataset
from training.scaling import fit_columns, scaled

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
