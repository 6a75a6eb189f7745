"""The form follows the schema of the API: other customers, another form, and no line of code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.form import read_fields
from segmentation.model import Model
from segmentation.schema import customer_schema
from tests.support.models import mall_model, shipped_spec, shopper_model


def test_a_mall_customer_has_choices_and_sliders() -> None:
    gender, age, income, score = read_fields(customer_schema(mall_model()))

    assert (gender.title, gender.choices) == ("Gender", ("Female", "Male"))
    assert (age.title, age.low, age.high, age.step) == ("Age", 18, 70, 1)
    assert (income.low, income.high, income.step) == (10, 150, 1)
    # nothing is said to be typical of a score, so its slider has what is valid
    assert (score.low, score.high, score.step) == (1, 100, 1)


def test_other_customers_have_another_form() -> None:
    plan, visits, spend = read_fields(customer_schema(shopper_model()))

    assert plan.choices == ("Basic", "Plus", "Pro")
    assert (visits.low, visits.high) == (0, 30)
    assert (spend.title, spend.low, spend.high) == ("Spend (€)", None, None)


@pytest.fixture
def rfm_model() -> Model:
    return replace(mall_model(), spec=shipped_spec("rfm"))


def test_a_wide_range_has_a_wide_step(rfm_model: Model) -> None:
    recency, frequency, monetary = read_fields(customer_schema(rfm_model))

    assert (recency.low, recency.high, recency.step) == (0, 730, 1)
    assert (frequency.low, frequency.high, frequency.step) == (1, 200, 1)
    assert (monetary.low, monetary.high, monetary.step) == (0, 100_000, 1000)
