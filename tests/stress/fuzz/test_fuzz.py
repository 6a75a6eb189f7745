"""A small cut of the fuzzing, the same inputs every time; a larger one with the slow tests."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st

from cli.commands import models
from engine.rejects import RejectText
from score import events
from segmentation import customer, model, report
from segmentation.document import Section
from segmentation.registry import Registry
from tests.stress.fuzz import __main__ as command
from tests.stress.fuzz import bodies, documents, reports, trained, uploads
from tests.stress.fuzz import events as notifications
from tests.stress.fuzz.runner import ROUND, fuzz
from tests.stress.fuzz.target import Target
from tests.stress.fuzz.targets import TARGETS


@pytest.mark.parametrize(
    "examples",
    [pytest.param(60, id="quick"), pytest.param(1_500, id="thorough", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_whatever_comes_in_only_promised_answers_come_out(target: Target, examples: int) -> None:
    happened = target.run(examples)

    assert happened["inputs"] >= examples // 2
    assert len(happened) > 2, f"always the same answer: {happened}"


def _raise(*_: object, **__: object) -> None:
    raise KeyError("nobody foresaw this")


PLANTED: dict[str, tuple[Target, object, str, Any]] = {
    "rejected rows get lost": (uploads.TARGET, RejectText, "lines", lambda *_: b""),
    "an id breaks the answer": (bodies.TARGET, customer, "_read_id", _raise),
    "a key is no UTF-8": (notifications.TARGET, events, "_name", Section.text),
    "a field is not checked": (documents.TARGET, model, "_read_baseline", _raise),
    "a report names no output": (reports.TARGET, report, "_commit", _raise),
    "a damaged version hides the others": (trained.TARGET, models, "_read", Registry.load),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_bug_is_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, owner, name, bug = PLANTED[planted]
    monkeypatch.setattr(owner, name, bug)

    with pytest.raises(Exception, match=r"."):
        target.run(300, shrink=False)


def test_a_target_is_fuzzed_until_the_time_is_up() -> None:
    ticks = iter((0.0, 4.0, 8.0, 12.0, 12.0))
    target = Target("numbers", st.integers(), lambda number: Counter(even=number % 2 == 0))

    result = fuzz(target, 10, seed=1, clock=lambda: next(ticks))

    assert result.happened["inputs"] == 3 * ROUND
    assert (result.seconds, result.wrong) == (12.0, None)


def test_something_wrong_ends_the_fuzzing_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(number: int) -> Counter[str]:
        assert number < 100, "too large"
        return Counter(small=1)

    monkeypatch.setattr(command, "TARGETS", (Target("numbers", st.integers(0), check),))

    assert command.main(["--seconds", "60", "--seed", "1", "--json"]) == 1

    captured = capsys.readouterr()
    (result,) = json.loads(captured.out)["targets"]
    assert (result["target"], result["wrong"]) == ("numbers", 1)
    assert "value=100" in captured.err, "the smallest input that is wrong"


def test_the_command_prints_what_it_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = Target("numbers", st.integers(0), lambda number: Counter(checked=1))
    monkeypatch.setattr(command, "TARGETS", (target,))

    assert command.main(["--seconds", "0", "numbers"]) == 0

    assert f"{ROUND} checked" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main(["letters"])
    assert "got letters, expected some of numbers" in capsys.readouterr().err
