"""Training under a spec that uses everything: logarithms, weights, one-hot, trimming."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from segmentation.answers import predict
from segmentation.model import Model
from segmentation.spec import Spec
from tests.support.csvs import score
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.data.dataset import Dataset
from training.job import train

RAW: dict[str, Any] = {
    "name": "shop",
    "id": {"name": "customer_id"},
    "features": [
        {
            "name": "plan",
            "kind": "categorical",
            "encoding": "one_hot",
            "categories": [{"name": "Basic"}, {"name": "Plus"}, {"name": "Pro"}],
            "weight": 0.5,
        },
        {
            "name": "spend",
            "kind": "numeric",
            "valid": {"min": 0},
            "transform": "log1p",
            "scaling": "robust",
            "weight": 2,
        },
        {"name": "visits", "kind": "numeric", "valid": {"min": 0}, "scaling": "minmax"},
    ],
    "naming": {"base": [{"feature": "spend", "word": "Spend"}]},
}


def trained(rows: np.ndarray, **spec: object) -> Model:
    dataset = Dataset(Spec.from_dict(RAW | spec), rows, "shop.csv", "", 1, {})
    options = Options(k=2, largest_k=3, starts=Starts.exactly(4), references=0, bootstraps=0)
    return train(dataset, options)


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Sixty who spend about 20, on average, and forty who spend about 2,000."""
    chance = np.random.default_rng(0)
    spend = np.where(np.arange(100) < 60, 20.0, 2_000.0) * chance.lognormal(0, 0.2, 100)
    plan = np.eye(3)[chance.integers(0, 3, 100)]
    return np.column_stack([plan, spend, chance.integers(1, 30, 100)])


def test_a_logarithmic_feature_is_named_on_its_scale_and_told_in_its_units(
    rows: np.ndarray,
) -> None:
    model = trained(rows)
    low, high = model.segments
    spend = rows[:, 3]

    assert [(one.name, one.size) for one in model.segments] == [
        ("Low Spend", 60),
        ("High Spend", 40),
    ]
    told = low.profile.features["spend"]
    assert told.mean == pytest.approx(spend[:60].mean())
    assert told.quartiles == pytest.approx(np.quantile(spend[:60], (0.25, 0.5, 0.75)))
    logarithms = np.log1p(spend)
    z = (logarithms[60:].mean() - logarithms.mean()) / logarithms.std()
    assert high.profile.features["spend"].z == pytest.approx(z)
    # The centre is where the mean of the logarithms lies, between 1,900 and 2,100 here.
    centre = model.centroid_in_units(high)["spend"]
    assert centre == pytest.approx(math.expm1(logarithms[60:].mean()))


def test_an_upload_and_the_api_answer_alike(rows: np.ndarray) -> None:
    model = trained(rows)
    lines = ["plan,spend,visits"]
    plans = np.array(["Basic", "Plus", "Pro"])[rows[:, :3].argmax(axis=1)]
    lines += [
        f"{p},{s!r},{v}" for p, s, v in zip(plans, rows[:, 3].tolist(), rows[:, 4], strict=True)
    ]

    labelled = score(model, ("\n".join(lines) + "\n").encode()).rows

    for row, plan, values in zip(labelled, plans, rows.tolist(), strict=True):
        body = f'{{"plan": "{plan}", "spend": {values[3]!r}, "visits": {values[4]}}}'
        answer = predict(model, body)
        assert (row["segment"], row["distance"], row["margin"]) == (
            answer["segment"]["id"],  # type: ignore[index]
            answer["distance"],
            answer["margin"],
        )


def test_outliers_do_not_move_centres_and_belong_to_a_segment_all_the_same(
    rows: np.ndarray,
) -> None:
    far = np.repeat(rows[-1:], 3, axis=0)
    far[:, 4] = 5_000  # visits: nobody else has more than 29
    both = np.concatenate([rows, far])
    unscaled = [*RAW["features"][:2], RAW["features"][2] | {"scaling": "none"}]

    pulled = trained(both, features=unscaled)
    trimmed = trained(both, features=unscaled, fit={"outliers_beyond": 3})

    assert pulled.training.left_out == 0
    assert sorted(one.size for one in pulled.segments) == [3, 100]
    assert trimmed.training.left_out == 3
    assert trimmed.training.rows == sum(one.size for one in trimmed.segments) == 103
    assert all(one.centroid[4] < 30 for one in trimmed.segments)
