"""Weights, logarithms and trimming in a spec, and what becomes of them in a model document."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from segmentation.errors import DocumentError
from segmentation.model import Column, Model
from segmentation.scoring import assign
from segmentation.spec import Spec
from tests.support.models import mall_model, weighted_model

RAW: dict[str, Any] = {
    "name": "shoppers",
    "id": {"name": "shopper"},
    "features": [
        {
            "name": "plan",
            "kind": "categorical",
            "encoding": "one_hot",
            "categories": [{"name": "Basic"}, {"name": "Pro"}],
            "weight": 0.5,
        },
        {
            "name": "spend",
            "kind": "numeric",
            "valid": {"min": 0},
            "transform": "log1p",
            "weight": 2,
        },
    ],
    "naming": {"base": [{"feature": "spend", "word": "Spend"}]},
    "fit": {"outliers_beyond": 3},
}


def test_a_spec_is_read_and_written_with_weights_transforms_and_trimming() -> None:
    spec = Spec.from_dict(RAW)
    plan, spend = spec.features

    assert (plan.weight, plan.transform) == (0.5, "none")
    assert (spend.weight, spend.transform) == (2.0, "log1p")
    assert spec.outliers_beyond == 3.0
    assert Spec.from_dict(spec.to_dict()) == spec


def test_a_spec_without_them_says_nothing_of_them() -> None:
    # A function of an older release goes on reading such models.
    written = json.dumps(mall_model().spec.to_dict())

    assert not any(word in written for word in ("weight", "transform", "fit"))


@pytest.mark.parametrize(
    ("place", "field", "value", "message"),
    [
        (0, "weight", 0, "spec.features[0].weight: got 0.0, expected at least 0.001"),
        (1, "weight", 1e4, "spec.features[1].weight: got 10000.0, expected at most 1000.0"),
        (0, "transform", "log1p", "spec.features[0].transform: unknown field"),
        (1, "transform", "log", 'features[1].transform: got "log", expected one of none, log1p'),
        (
            1,
            "valid",
            {"min": -1},
            "spec.features[1].transform: log1p takes no negative number, expected valid.min >= 0",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    place: int, field: str, value: object, message: str
) -> None:
    raw = copy.deepcopy(RAW)
    raw["features"][place][field] = value

    with pytest.raises(DocumentError) as caught:
        Spec.from_dict(raw)

    assert message in str(caught.value)


@pytest.mark.parametrize("fit", [{"outliers_beyond": 1}, {"outliers": 3}])
def test_trimming_that_cannot_be_meant_is_refused(fit: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match=r"spec\.fit\.outliers"):
        Spec.from_dict(RAW | {"fit": fit})


def test_a_document_keeps_transforms_and_weights() -> None:
    model = weighted_model()

    read = Model.from_json(model.to_json())

    assert read == model
    assert [column.transform for column in read.columns] == ["none"] * 4 + ["log1p"]


def test_a_customer_is_placed_by_its_logarithm_and_weight() -> None:
    # spend: (log1p(e^4 - 1) - 4) / 0.25 = 0; plan Plus: 1 / 0.5; visits: (10 - 10) / 4
    plan, *_ = weighted_model().spec.features
    assigned = assign(weighted_model(), (plan.read_text("Plus"), 10.0, math.expm1(4.0)))

    by_id = {segment.id: distance for segment, distance in assigned.ranked}
    # From segment 5, (0, 1, 0, 0, 1): (0, 1, 0, 0, -1).
    assert by_id[5] == pytest.approx(math.sqrt(2))


def test_a_centre_is_told_in_original_units() -> None:
    column = Column("spend", None, 4.0, 0.25, "log1p")

    assert column.in_units(0.0) == pytest.approx(math.e**4 - 1)
    assert column.in_units(1e130) == pytest.approx(1e100)  # a hostile one is no number beyond


class TestHighestId:
    def test_is_the_models_own_unless_an_older_version_gave_more(self) -> None:
        assert mall_model().highest_id == 2
        assert replace(mall_model(), highest_id=7).highest_id == 7

    def test_outlives_the_segments_that_had_it(self) -> None:
        model = mall_model()

        assert replace(model, segments=model.segments[:2]).highest_id == 2

    @pytest.mark.parametrize("highest", [2, 7])
    def test_stands_in_the_document_where_the_segments_do_not_say_it(self, highest: int) -> None:
        document = replace(mall_model(), highest_id=highest).to_json()

        assert (b'"highest_id"' in document) == (highest == 7)
        assert Model.from_json(document).highest_id == highest
