"""Reading, judging and encoding single values; expected texts and numbers by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.categorical import CategoricalFeature
from segmentation.document import Section
from segmentation.errors import DocumentError, Reason, ValueRejected
from segmentation.features import Feature, read_feature
from segmentation.numeric import Bounds, NumericFeature
from tests.support.models import mall_model, shopper_model

GENDER, AGE, INCOME, SCORE = mall_model().spec.features
PLAN, VISITS, SPEND = shopper_model().spec.features


def rejection(feature: Feature, value: object, *, json: bool) -> tuple[Reason, str]:
    with pytest.raises(ValueRejected) as caught:
        feature.read_json(value) if json else feature.read_text(str(value))
    assert caught.value.feature == feature.name
    assert str(caught.value) == caught.value.detail
    return caught.value.reason, caught.value.detail


def category(feature: Feature, value: object, *, json: bool = False) -> str:
    assert isinstance(feature, CategoricalFeature)
    return (feature.read_json(value) if json else feature.read_text(str(value))).name


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


class TestCategories:
    @pytest.mark.parametrize("text", ["Female", "female", " FEMALE\t", "F", "f", "0"])
    def test_match_by_name_or_alias_without_case_and_outer_space(self, text: str) -> None:
        assert category(GENDER, text) == "Female"
        assert category(GENDER, text, json=True) == "Female"

    @pytest.mark.parametrize("text", ["größer", "GRÖSSER", "Größer", "+"])
    def test_compare_case_as_unicode_folds_it(self, text: str) -> None:
        assert category(PLAN, text) == "Plus"

    def test_take_a_number_whose_text_is_an_alias(self) -> None:
        assert category(GENDER, 1, json=True) == "Male"

    @pytest.mark.parametrize("value", [1.0, 2, True, ["Male"], ((("a"), 1),)])
    def test_take_no_other_json_value(self, value: object) -> None:
        assert rejection(GENDER, value, json=True)[0] is Reason.UNKNOWN_CATEGORY

    def test_are_missing_when_empty(self) -> None:
        assert rejection(GENDER, " \t", json=False) == (Reason.MISSING_VALUE, "gender: no value")
        assert rejection(GENDER, None, json=True) == (Reason.MISSING_VALUE, "gender: no value")
        assert rejection(GENDER, "", json=True) == (Reason.MISSING_VALUE, "gender: no value")

    def test_unknown_ones_are_told_the_known_ones(self) -> None:
        assert rejection(GENDER, "Divers", json=False) == (
            Reason.UNKNOWN_CATEGORY,
            'gender: "Divers" is unknown, expected one of Female, Male',
        )

    def test_a_long_list_of_known_ones_is_cut(self) -> None:
        names = [{"name": f"C{number}", "code": number} for number in range(12)]
        feature = read({"kind": "categorical", "encoding": "codes", "categories": names})
        assert rejection(feature, "x", json=False)[1] == (
            'city: "x" is unknown, expected one of '
            "C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more"
        )


class TestEncoding:
    def test_codes_give_one_number(self) -> None:
        assert isinstance(GENDER, CategoricalFeature)
        assert GENDER.columns == (None,)
        assert [GENDER.encode(one) for one in GENDER.categories] == [(0.0,), (1.0,)]

    def test_one_hot_gives_a_number_for_each_category(self) -> None:
        assert isinstance(PLAN, CategoricalFeature)
        assert PLAN.columns == ("Basic", "Plus", "Pro")
        assert PLAN.encode(PLAN.read_text("plus")) == (0.0, 1.0, 0.0)

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


@given(st.text())
@pytest.mark.parametrize("feature", [GENDER, PLAN], ids=lambda f: f.name)
def test_a_json_text_is_judged_as_the_same_text_in_a_file(feature: Feature, text: str) -> None:
    def judged(*, json: bool) -> object:
        try:
            return category(feature, text, json=json)
        except ValueRejected as exc:
            return exc.reason, exc.detail

    assert judged(json=True) == judged(json=False)


# ------------------------------------------------------------------------- reading from a spec


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
