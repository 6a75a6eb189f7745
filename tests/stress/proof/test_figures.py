"""What `make prove` prints is what its suites counted, and one thing lost fails it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stress.proof.__main__ import broken, markdown, summary
from tests.stress.proof.explorer import Violation
from tests.stress.proof.figures import Figures, Kind, Lost, Stale, kind_of


def suites(**last: Any) -> list[dict[str, Any]]:
    counts = {"interleavings": 12, "faults": 5, "uploads": 5, "rows": 20, "skipped": 0}
    others = {"uploads": 2_000, "rows": 28_000, "requests": 900, "inputs": 100, "skipped": 0}
    whole = {"lost": 0, "stale": 0, "wrong": 0, "broken": [], "seconds": 1.5}
    return [
        {"suite": "faults", "counts": counts, **whole},
        {"suite": "load", "counts": others, **whole, **last},
    ]


def test_counts_of_all_suites_are_added_up() -> None:
    document = summary(suites(), seconds=90)

    assert document["tried"] == {
        "faults injected": 5,
        "interleavings tried": 12,
        "uploads": 2_005,
        "rows": 28_020,
        "requests to the API": 900,
        "hostile inputs": 100,
    }
    assert (document["lost"], document["stale"], document["wrong"]) == (0, 0, 0)
    assert document["minutes"] == 1.5
    assert broken(document) == []
    assert "| uploads | 2,005 | faults 5, load 2,000 |" in markdown(document)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"lost": 1, "broken": ["a.csv: no report"]}, "load: a.csv: no report"),
        ({"counts": {"requests": 1, "inputs": 1, "skipped": 3}}, "3 tests skipped: is SeaweedFS "),
        ({"counts": {"inputs": 1}}, "requests to the API: none"),
    ],
)
def test_whatever_is_broken_or_was_not_tried_fails_the_proof(
    change: dict[str, Any], told: str
) -> None:
    (line,) = broken(summary(suites(**change), seconds=90))

    assert line.startswith(told)


def test_an_error_is_of_the_kind_of_what_it_came_of() -> None:
    def raised(cause: Exception) -> BaseException:
        try:
            raise Violation("a schedule") from cause
        except Violation as error:
            return error

    assert kind_of(raised(Lost("no report"))) is Kind.LOST
    assert kind_of(raised(Stale("an older one"))) is Kind.STALE
    assert kind_of(raised(ValueError("anything"))) is Kind.WRONG
    assert kind_of(None) is Kind.WRONG


def test_figures_note_what_does_not_hold() -> None:
    figures = Figures("a suite")

    assert figures.check(True, Kind.LOST, "nothing") and figures.holds
    assert not figures.check(False, Kind.STALE, "something")

    assert not figures.holds
    assert figures.document()["stale"] == 1
    assert figures.document()["broken"] == ["something"]
