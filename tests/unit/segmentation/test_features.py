"""Reading features from a spec, and writing them into one."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.document import Section
from segmentation.errors import DocumentError
from segmentation.features import Feature, read_feature
from tests.support.models import mall_model, shopper_model


def read(fields: dict[str, Any]) -> Feature:
    return read_feature(Section({"name": "city", **fields}, "feature"))


NUMERIC: dict[str, Any] = {"kind": "numeric"}
CODES: dict[str, Any] = {
    "kind": "categorical",
    "encoding": "codes",
    "categories": [{"name": "A", "code": 0}, {"name": "B", "code": 1}],
}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "feature.kind: missing, expected a text"),
        ({"kind": "date"}, 'feature.kind: got "date", expected one of numeric, categorical'),
        (NUMERIC | {"name": "City"}, 'feature.name: got "City", expected a text like [a-z]'),
        (NUMERIC | {"colour": 1}, "feature.colour: unknown field"),
        (NUMERIC | {"scaling": "log"}, 'feature.scaling: got "log", expected one of none, '),
        (NUMERIC | {"valid": {"min": "0"}}, 'feature.valid.min: got "0", expected a number'),
        (NUMERIC | {"valid": {"low": 0}}, "feature.valid.low: unknown field"),
        (NUMERIC | {"valid": {"min": 2, "max": 1}}, "feature.valid: min 2.0 is above max 1.0"),
        (NUMERIC | {"valid": {"max": 1e200}}, "feature.valid.max: got 1e+200, expected at most"),
        (NUMERIC | {"typical": {"min": -2e100}}, "feature.typical.min: got -2e+100, expected at "),
        (CODES | {"encoding": "hash"}, 'feature.encoding: got "hash", expected one of codes, '),
        (CODES | {"categories": []}, "feature.categories: got an empty list"),
        (CODES | {"categories": CODES["categories"][:1]}, "expected at least two"),
        (
            CODES | {"categories": [{"name": "A", "code": 0}, {"name": "a", "code": 1}]},
            'feature.categories[1].name: "a" names two categories, expected one',
        ),
        (
            CODES | {"categories": [{"name": "A"}, {"name": "B", "code": 1}]},
            "feature.categories[0].code: missing, expected a number",
        ),
        (
            CODES | {"categories": [{"name": "A", "code": 0}, {"name": "B", "code": -0.0}]},
            'feature.categories[1].code: got 0, the code of "A" too, expected distinct codes',
        ),
        (
            CODES | {"categories": [{"name": "A", "code": 0}, {"name": "B", "code": 1e200}]},
            "feature.categories[1].code: got 1e+200, expected at most 1e+100",
        ),
        (
            CODES | {"encoding": "one_hot"},
            "feature.categories[0].code: a one-hot category has no code",
        ),
        (
            CODES | {"categories": [{"name": " ", "code": 0}, {"name": "B", "code": 1}]},
            "feature.categories[0].name: got an empty name or alias",
        ),
    ],
)
def test_a_wrong_feature_is_refused_by_the_name_of_its_field(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        read(fields)
    assert message in str(caught.value)


@pytest.mark.parametrize("feature", [*mall_model().spec.features, *shopper_model().spec.features])
def test_a_feature_written_and_read_again_is_the_same(feature: Feature) -> None:
    assert read_feature(Section(feature.to_dict(), "feature")) == feature
