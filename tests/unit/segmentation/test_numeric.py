"""Reading, judging and encoding single numbers; expected texts and numbers by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.errors import Reason, ValueRejected
from segmentation.features import Feature
from segmentation.numeric import Bounds, NumericFeature
from tests.support.models import mall_model, shopper_model
from tests.support.verdicts import rejection

_, AGE, INCOME, SCORE = mall_model().spec.features
_, VISITS, SPEND = shopper_model().spec.features


class TestNumbersInFiles:
    @pytest.mark.parametrize(("text", "number"), [("19", 19.0), ("\t 19.5 ", 19.5), ("0", 0.0)])
    def test_are_trimmed_and_read(self, text: str, number: float) -> None:
        assert AGE.read_text(text) == number

    @pytest.mark.parametrize(
        ("text", "reason", "detail"),
        [
            ("", Reason.MISSING_VALUE, "age: no value"),
            (" \t", Reason.MISSING_VALUE, "age: no value"),
            ("abc", Reason.NOT_A_NUMBER, 'age: "abc" is not a number'),
            (" NA ", Reason.NOT_A_NUMBER, 'age: "NA" is not a number'),
            ("\u00a0", Reason.NOT_A_NUMBER, 'age: "\u00a0" is not a number'),
            ("1e999", Reason.NOT_A_NUMBER, 'age: "1e999" is not a number'),
            ("121", Reason.OUT_OF_BOUNDS, 'age: "121" is out of bounds, expected 0 to 120'),
            ("-1", Reason.OUT_OF_BOUNDS, 'age: "-1" is out of bounds, expected 0 to 120'),
        ],
    )
    def test_are_rejected_with_the_reason(self, text: str, reason: Reason, detail: str) -> None:
        assert rejection(AGE, text, json=False) == (reason, detail)

    def test_may_have_a_decimal_comma_where_the_file_says_so(self) -> None:
        assert AGE.read_text("19,5", decimal_comma=True) == 19.5
        assert rejection(AGE, "19,5", json=False)[0] is Reason.NOT_A_NUMBER

    @pytest.mark.parametrize("text", ["0", "120", "-0", "120.0", "1.2e2"])
    def test_on_a_bound_are_valid(self, text: str) -> None:
        assert AGE.read_text(text) in {0.0, 120.0}

    def test_beyond_1e100_are_out_of_bounds_even_where_none_are_stated(self) -> None:
        assert SPEND.read_text("1e100") == 1e100
        reason, detail = rejection(SPEND, "-2e100", json=False)
        assert reason is Reason.OUT_OF_BOUNDS
        assert detail == 'spend: "-2e100" is out of bounds, expected -1e+100 to 1e+100'

    def test_a_message_repeats_60_characters_of_a_value_at_most(self) -> None:
        assert rejection(AGE, "x" * 500, json=False)[1] == f'age: "{"x" * 60}" is not a number'


class TestNumbersInJson:
    @pytest.mark.parametrize(
        ("value", "number"), [(19, 19.0), (19.5, 19.5), (0, 0.0), (-0.0, 0.0), (120.0, 120.0)]
    )
    def test_are_numbers(self, value: float, number: float) -> None:
        assert AGE.read_json(value) == number

    @pytest.mark.parametrize(
        ("value", "reason", "detail"),
        [
            (None, Reason.MISSING_VALUE, "age: no value"),
            ("30", Reason.NOT_A_NUMBER, 'age: "30" is a text, expected a number'),
            ("", Reason.NOT_A_NUMBER, 'age: "" is a text, expected a number'),
            (True, Reason.NOT_A_NUMBER, 'age: "true" is not a number'),
            ([30], Reason.NOT_A_NUMBER, 'age: "a list or an object" is not a number'),
            (((),), Reason.NOT_A_NUMBER, 'age: "a list or an object" is not a number'),
            (float("inf"), Reason.NOT_A_NUMBER, 'age: "Infinity" is not a number'),
            (121, Reason.OUT_OF_BOUNDS, 'age: "121" is out of bounds, expected 0 to 120'),
            (-0.5, Reason.OUT_OF_BOUNDS, 'age: "-0.5" is out of bounds, expected 0 to 120'),
            (
                10**300,
                Reason.OUT_OF_BOUNDS,
                f'age: "1{"0" * 59}" is out of bounds, expected 0 to 120',
            ),
        ],
    )
    def test_are_rejected_with_the_reason(self, value: object, reason: Reason, detail: str) -> None:
        assert rejection(AGE, value, json=True) == (reason, detail)


class TestEncoding:
    def test_a_number_is_its_own_code(self) -> None:
        assert isinstance(VISITS, NumericFeature)
        assert VISITS.encode(3.5) == (3.5,)


@pytest.mark.parametrize(
    ("bounds", "stated", "words"),
    [
        (Bounds(0.0, 120.0), "0 to 120", "0 to 120"),
        (Bounds(0.0, None), "at least 0", "at least 0 (and at most 1e+100)"),
        (Bounds(None, 0.5), "at most 0.5", "at most 0.5 (and at least -1e+100)"),
        (Bounds(None, None), "-1e+100 to 1e+100", "-1e+100 to 1e+100"),
    ],
)
def test_bounds_are_said_in_words(bounds: Bounds, stated: str, words: str) -> None:
    assert (bounds.stated, str(bounds)) == (stated, words)


# ------------------------------------------------------------------ parity of files and JSON
#
# A JSON number and its text in a file have one verdict and one value, to the last bit.

json_numbers = st.one_of(
    st.integers(),
    st.integers(-10, 130),
    st.integers(10**99, 10**101),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-10, 130),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-10, max_value=130).map(
        float
    ),
)


def verdict(feature: Feature, value: object, *, json: bool) -> tuple[Any, ...]:
    try:
        read = feature.read_json(value) if json else feature.read_text(str(value))
    except ValueRejected as exc:
        return exc.reason, exc.detail
    assert isinstance(read, float)
    return ("read", read.hex())


@given(json_numbers)
@pytest.mark.parametrize("feature", [AGE, INCOME, SCORE, VISITS, SPEND], ids=lambda f: f.name)
def test_a_json_number_is_judged_as_its_text_in_a_file(feature: Feature, value: float) -> None:
    assert verdict(feature, value, json=True) == verdict(feature, value, json=False)
