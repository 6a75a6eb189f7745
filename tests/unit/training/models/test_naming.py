"""New segments are named by the rule of z-scores, and no segment lacks a text."""

from __future__ import annotations

from itertools import product

import pytest

from segmentation.naming import BaseWord, Naming, Prefix, SegmentText
from training.models.naming import name_segments
from training.specs.files import load_spec, shipped_specs

NAMING = Naming(
    base=(BaseWord("income", "Income"), BaseWord("score", "Spending")),
    prefixes=(Prefix("age", "Young", "Older"),),
    texts=(
        SegmentText("Low Income - High Spending", "base text", "base advice"),
        SegmentText("Young Low Income - High Spending", "own text", "own advice"),
    ),
)


def names(*segments: tuple[float, float, float]) -> list[str]:
    z = [dict(zip(("income", "score", "age"), one, strict=True)) for one in segments]
    return [one.name for one in name_segments(NAMING, z)]


def test_distinct_bases_say_low_or_high_by_the_sign() -> None:
    assert names((-0.01, -0.5, 0.4), (1.1, 1.1, -0.4), (-1.2, 0.7, -0.9)) == [
        "Low Income - Low Spending",
        "High Income - High Spending",
        "Young Low Income - High Spending",
    ]


def test_zero_is_high() -> None:
    assert names((0.0, -0.0, 0.0), (-1.0, -1.0, 0.0)) == [
        "High Income - High Spending",
        "Low Income - Low Spending",
    ]


def test_one_doubled_base_gives_three_levels_to_all() -> None:
    assert names((-0.3, -0.1, 0), (-1.2, -1.1, 0), (0.51, 0.5, 0)) == [
        "Average Income - Average Spending",
        "Low Income - Low Spending",
        "High Income - Average Spending",
    ]


def test_prefixes_do_not_spare_a_doubled_base_the_three_levels() -> None:
    assert names((-0.3, -0.1, -1.0), (-1.2, -1.1, 1.0)) == [
        "Young Average Income - Average Spending",
        "Older Low Income - Low Spending",
    ]


def test_a_prefix_needs_more_than_seven_tenths() -> None:
    assert names((1, 1, 0.7), (-1, -1, -0.7), (1, -1, 0.71), (-1, 1, -0.71)) == [
        "High Income - High Spending",
        "Low Income - Low Spending",
        "Older High Income - Low Spending",
        "Young Low Income - High Spending",
    ]


def test_names_that_are_still_equal_say_very() -> None:
    assert names((0.7, 1.2, 0), (1.9, 1.2, 0), (-1.9, -1, 0)) == [
        "High Income - High Spending",
        "Very High Income - High Spending",
        "Low Income - Low Spending",
    ]


def test_names_that_are_equal_to_the_end_are_numbered() -> None:
    assert names((0.7, 1.2, 0), (0.8, 1.1, 0), (0.9, 1.0, 0)) == [
        "High Income - High Spending",
        "High Income - High Spending (2)",
        "High Income - High Spending (3)",
    ]


@pytest.mark.parametrize("spec", shipped_specs())
def test_names_are_unique_whatever_the_segments(spec: str) -> None:
    naming = load_spec(spec).naming
    features = [*(one.feature for one in naming.base), *(one.feature for one in naming.prefixes)]
    levels = (-2.0, -1.0, -0.6, 0.0, 0.6, 1.0, 2.0)
    z = [dict(zip(features, one, strict=True)) for one in product(levels, repeat=len(features))]

    found = [one.name for one in name_segments(naming, z)]

    assert len(set(found)) == len(z)


def test_the_text_of_a_whole_name_goes_before_that_of_its_base() -> None:
    z = [{"income": -1, "score": 1, "age": age} for age in (-1, 1)]
    young, older = name_segments(NAMING, z)

    assert (young.description, young.advice) == ("own text", "own advice")
    assert older.name == "Older Low Income - High Spending"
    assert (older.description, older.advice) == ("base text", "base advice")


def test_very_and_numbers_keep_the_text_of_the_plain_name() -> None:
    z = [{"income": income, "score": 1, "age": -1} for income in (-1.0, -2.0, -2.1)]

    found = name_segments(NAMING, z)

    assert [one.name for one in found] == [
        "Young Low Income - High Spending",
        "Young Very Low Income - High Spending",
        "Young Very Low Income - High Spending (2)",
    ]
    assert {one.advice for one in found} == {"own advice"}


def test_a_name_without_text_is_described_by_its_words() -> None:
    (found,) = name_segments(NAMING, [{"income": 1, "score": -1, "age": 1}])

    assert found.description == "Older customers with high income and low spending"
    assert found.advice == (
        "Offers made for high income and low spending, tried on a small group before all of "
        "them get one"
    )


def test_words_of_the_name_that_lie_close_to_the_mean_are_marked() -> None:
    z = [{"income": -0.09, "score": -0.1, "age": 0.01}]
    (found,) = name_segments(NAMING, z)

    assert found.close_to_average == ("income",)


@pytest.mark.parametrize("spec", shipped_specs())
def test_a_shipped_spec_has_a_text_for_every_base(spec: str) -> None:
    naming = load_spec(spec).naming
    written = {text.name for text in naming.texts}
    levels = product(("Low", "Average", "High"), repeat=len(naming.base))

    for combination in levels:
        words = zip(combination, naming.base, strict=True)
        assert " - ".join(f"{level} {word.word}" for level, word in words) in written


@pytest.mark.parametrize("spec", shipped_specs())
def test_every_text_of_a_shipped_spec_can_be_reached(spec: str) -> None:
    naming = load_spec(spec).naming
    prefixes = [("", *(f"{word} " for word in (one.low, one.high))) for one in naming.prefixes]
    bases = [
        " - ".join(f"{level} {word.word}" for level, word in zip(levels, naming.base, strict=True))
        for levels in product(("Low", "Average", "High"), repeat=len(naming.base))
    ]
    reachable = {"".join(parts) for parts in product(*prefixes, bases)}

    assert {text.name for text in naming.texts} <= reachable
    assert len({text.name for text in naming.texts}) == len(naming.texts)
