"""Expected values are written by hand from the grammar of a number, IEEE 754 and ASCII."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation import values


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("19", 19.0),
        ("+19", 19.0),
        ("-19", -19.0),
        ("007", 7.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e2", 100.0),
        ("1E+2", 100.0),
        ("1e-2", 0.01),
        (".5e1", 5.0),
        ("1.e1", 10.0),
        ("0.1", 0.1),
        ("9007199254740993", 9007199254740992.0),  # 2**53 + 1: the nearest even float64
        ("1e-400", 0.0),
        ("5e-324", 5e-324),
        ("1.7976931348623157e308", 1.7976931348623157e308),
    ],
)
def test_a_number_is_read_as_the_nearest_float64(text: str, number: float) -> None:
    assert values.parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "abc",
        "1_000",
        "1,000",
        "1,5",
        "1.2.3",
        "--1",
        "+-1",
        "1e",
        "1e+",
        "e1",
        ".",
        "+",
        "-.e1",
        "0x10",
        "1f",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e309",
        "-1e999",
        "NA",
        "null",
        "?",
        "١٩",  # Arabic-Indic digits
        "１９",  # full-width digits
        "1\u00a0000",
        "\u00a019",
        "−5",  # the typographic minus
        "1\n",
        "\ufeff1",
    ],
)
def test_anything_else_is_not_a_number(text: str) -> None:
    assert values.parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,5", 1.5), ("1.5", 1.5), (",5", 0.5), ("1,", 1.0), ("-1,5e1", -15.0), ("7", 7.0)],
)
def test_a_decimal_comma_counts_where_the_file_is_semicolon_delimited(
    text: str, number: float
) -> None:
    assert values.parse_number(text, decimal_comma=True) == number


@pytest.mark.parametrize("text", ["1.000,5", "1,000.5", "1,2,3", ",", "1,,5"])
def test_a_number_has_at_most_one_decimal_mark(text: str) -> None:
    assert values.parse_number(text, decimal_comma=True) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_shortest_text_of_a_float_reads_back_to_the_same_bits(number: float) -> None:
    parsed = values.parse_number(repr(number))
    assert parsed is not None
    assert parsed == number
    assert math.copysign(1, parsed) == math.copysign(1, number)


@given(st.from_regex(re.compile(values.NUMBER_PATTERN, re.ASCII), fullmatch=True))
def test_what_matches_the_pattern_is_python_s_float_unless_it_overflows(text: str) -> None:
    expected = float(text)
    assert values.parse_number(text) == (expected if math.isfinite(expected) else None)


@given(st.text(alphabet="0123456789+-.eE_ ,\u0660\uff11infaINFNA", max_size=12))
def test_no_text_is_a_number_that_python_does_not_know(text: str) -> None:
    number = values.parse_number(text)
    if number is not None:
        assert number == float(text)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Female", "female"),
        ("\t FEMALE ", "female"),
        ("\u00a0Female", "\u00a0female"),  # only ASCII space and tab are trimmed
        ("Größe", "grösse"),
    ],
)
def test_categories_are_compared_trimmed_and_without_case(text: str, form: str) -> None:
    assert values.normalised(text) == form


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (120.0, "120"),
        (-0.5, "-0.5"),
        (0.1, "0.1"),
        (1e100, "1e+100"),
        (1e15, "1000000000000000.0"),
        (999999999999999.0, "999999999999999"),
    ],
)
def test_numbers_are_written_as_people_write_them(number: float, text: str) -> None:
    assert values.format_number(number) == text


def test_a_message_repeats_at_most_60_characters_of_a_value() -> None:
    assert values.shown("x" * 61) == "x" * 60
    assert values.shown("x" * 60) == "x" * 60


def test_a_wrong_value_stands_between_two_constant_texts() -> None:
    assert values.detail_ends("age", "is not a number") == ('age: "', '" is not a number')
    assert values.missing_detail("age") == "age: no value"
