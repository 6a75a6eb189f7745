"""The JSON Schema of a customer, with jsonschema as the judge of what it allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from segmentation.customer import parse_customer, read_customer
from segmentation.errors import CustomerRejected
from segmentation.model import Model
from segmentation.schema import customer_schema
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, shopper_model

MODELS = (mall_model("v3"), shopper_model("v4"))
SCHEMAS = {model.spec.name: json.loads(json.dumps(customer_schema(model))) for model in MODELS}
both_models = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.spec.name)


def valid(model: Model, customer: object) -> bool:
    return bool(Draft202012Validator(SCHEMAS[model.spec.name]).is_valid(customer))


def accepted(model: Model, customer: dict[str, Any]) -> bool:
    try:
        read_customer(model.spec, parse_customer(json.dumps(customer)))
    except CustomerRejected:
        return False
    return True


@both_models
def test_it_is_a_valid_schema_of_its_dialect(model: Model) -> None:
    schema = SCHEMAS[model.spec.name]
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


def test_a_numeric_feature_has_title_unit_bounds_and_typical_range() -> None:
    assert SCHEMAS["mall_customers"]["properties"]["age"] == {
        "title": "Age",
        "x-aliases": [],
        "type": "number",
        "minimum": 0,
        "maximum": 120,
        "x-unit": "years",
        "x-typical": {"minimum": 18, "maximum": 70},
        "description": "years; typical is 18 to 70",
    }


def test_a_side_without_a_bound_ends_where_numbers_can_no_longer_be_scored() -> None:
    properties = SCHEMAS["shoppers"]["properties"]
    assert properties["visits"]["x-typical"] == {"maximum": 30}
    assert (properties["spend"]["minimum"], properties["spend"]["maximum"]) == (-1e100, 1e100)
    assert "x-typical" not in properties["spend"]


def test_a_categorical_feature_lists_what_is_accepted_and_its_categories() -> None:
    assert SCHEMAS["mall_customers"]["properties"]["gender"] == {
        "title": "Gender",
        "x-aliases": ["Genre", "Sex"],
        "enum": ["Female", "F", "0", "Male", "M", "1", 0, 1],
        "x-categories": [
            {"name": "Female", "aliases": ["F", "0"]},
            {"name": "Male", "aliases": ["M", "1"]},
        ],
    }


def test_it_says_which_model_it_belongs_to() -> None:
    assert SCHEMAS["mall_customers"]["x-model-version"] == "v3"
    assert SCHEMAS["mall_customers"]["title"] == "Mall customers"
    assert SCHEMAS["mall_customers"]["required"] == [
        "gender",
        "age",
        "annual_income",
        "spending_score",
    ]


@both_models
def test_its_example_is_valid_and_gives_no_warning(model: Model) -> None:
    (example,) = SCHEMAS[model.spec.name]["examples"]
    assert valid(model, example)
    assert read_customer(model.spec, parse_customer(json.dumps(example))).warnings == ()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"customer_id": 7},
        {"customer_id": None},
        {"gender": "0"},
        {"gender": 1},
        {"age": 0},
        {"age": 120.0},
        {"annual_income": 1e100},
    ],
)
def test_valid_customers_are_accepted(change: dict[str, Any]) -> None:
    customer = MALL_CUSTOMER | change
    assert valid(MODELS[0], customer)
    assert accepted(MODELS[0], customer)


@pytest.mark.parametrize(
    "change",
    [
        {"customer_id": True},
        {"customer_id": [1]},
        {"customer_id": 1e101},
        {"gender": None},
        {"gender": "Divers"},
        {"gender": 2},
        {"age": "30"},
        {"age": None},
        {"age": -0.001},
        {"age": 120.001},
        {"annual_income": 2e100},
        {"colour": "red"},
    ],
)
def test_invalid_customers_are_rejected(change: dict[str, Any]) -> None:
    customer = MALL_CUSTOMER | change
    assert not valid(MODELS[0], customer)
    assert not accepted(MODELS[0], customer)


# No text that differs from a category in case or outer space alone, and no float like 0.0 for the
# code 0: the reader takes the first and not the second, and a schema can say neither.
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer()),
    st.floats(0, 120).filter(lambda x: not x.is_integer()),
    st.sampled_from(["Female", "M", "0", 0, 1, "Plus", "+", "Pro", "", "Divers"]),
    st.text(alphabet="xyz", max_size=3),
    st.lists(st.integers(), max_size=1),
)


@given(st.data())
@both_models
def test_a_customer_under_canonical_names_is_accepted_exactly_if_it_is_valid(
    model: Model, data: st.DataObject
) -> None:
    base = MALL_CUSTOMER if model is MODELS[0] else SHOPPER
    customer = base | data.draw(st.dictionaries(st.sampled_from([*base, "colour"]), values))
    for name in data.draw(st.sets(st.sampled_from([*base]), max_size=2)):
        customer.pop(name, None)
    assert accepted(model, customer) == valid(model, customer)
