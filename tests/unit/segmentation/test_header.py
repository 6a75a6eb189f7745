"""Matching a file's header to a spec; expected positions by hand."""

from __future__ import annotations

import pytest

from segmentation.errors import UploadRefused
from segmentation.header import Extra, match_header
from tests.support.models import mall_model

SPEC = mall_model().spec
TITLES = ["CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)"]


def refusal(*fields: str) -> tuple[str, str]:
    with pytest.raises(UploadRefused) as caught:
        match_header(SPEC, fields)
    return caught.value.code, caught.value.message


def names(*fields: str) -> list[str]:
    return [extra.name for extra in match_header(SPEC, [*TITLES, *fields]).extras]


@pytest.mark.parametrize(
    "fields",
    [
        TITLES,
        ["customer_id", "gender", "age", "annual_income", "spending_score"],
        ["id", "Genre", "AGE", "AnnualIncome", "SpendingScore"],
        [" Customer ID ", "SEX", "\tage\t", "Annual Income", "spending score"],
    ],
)
def test_columns_are_found_by_name_title_or_alias(fields: list[str]) -> None:
    header = match_header(SPEC, fields)
    assert (header.id, header.features, header.extras) == (0, (1, 2, 3, 4), ())
    assert header.fields == tuple(fields)


def test_columns_may_come_in_any_order_with_others_between() -> None:
    header = match_header(SPEC, ["Town", *reversed(TITLES), "Note"])
    assert header.id == 5
    assert header.features == (4, 3, 2, 1)
    assert header.extras == (Extra(0, "Town", "Town"), Extra(6, "Note", "Note"))


def test_the_id_is_optional() -> None:
    assert match_header(SPEC, TITLES[1:]).id is None


def test_the_columns_of_a_reject_file_are_dropped() -> None:
    header = match_header(SPEC, ["_row", "_Reason", "_detail", *TITLES])
    assert header.extras == ()
    assert header.features == (4, 5, 6, 7)
    assert header.kept == (3, 4, 5, 6, 7)


def test_a_missing_feature_is_named_with_the_nearest_header() -> None:
    code, message = refusal("CustomerID", "Gender", "Age", "Anual Incme", "Spending Score")
    assert code == "missing_column"
    assert 'column "Annual Income (k$)" is missing' in message
    assert 'the nearest header found is "Anual Incme"' in message
    assert '"annual_income"' in message


def test_every_missing_feature_is_named() -> None:
    _, message = refusal("CustomerID", "Age")
    assert [part.partition(" is missing")[0] for part in message.split("; ")] == [
        'column "Gender"',
        'column "Annual Income (k$)"',
        'column "Spending Score (1-100)"',
    ]


def test_a_long_header_is_shown_shortly() -> None:
    _, message = refusal(*TITLES[:4], "x" * 1000)
    assert "x" * 60 in message
    assert "x" * 61 not in message


def test_a_column_that_comes_twice_is_refused_with_both_positions() -> None:
    code, message = refusal(*TITLES, "Genre")
    assert code == "duplicate_column"
    assert message.startswith('columns 2 ("Gender") and 6 ("Genre") both mean Gender')


def test_a_file_without_header_is_refused_without_showing_a_customer() -> None:
    code, message = refusal("0001", "Male", "19", "15", "39")
    assert code == "no_header"
    assert not any(value in message for value in ("0001", "Male", "19", "39"))


def test_extra_columns_keep_their_header_but_never_an_output_s_name() -> None:
    assert names("Town", "Segment", "DISTANCE", "segment_name") == [
        "Town",
        "Segment_input",
        "DISTANCE_input",
        "segment_name_input",
    ]


def test_extra_columns_without_a_header_are_named_by_their_position() -> None:
    assert names("", "  ") == ["column_6", "column_7"]


def test_no_two_output_columns_differ_by_case_alone() -> None:
    assert names("Note", "note", "NOTE", "note_2") == ["Note", "note_3", "NOTE_4", "note_2"]
