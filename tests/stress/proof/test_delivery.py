"""The promise of delivery, in every order of events, calls, faults and deeds of people."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import pytest

import score.rows
from score import delivery
from score.delivery import deliver
from segmentation.report import readable
from tests.stress.proof import sandbox
from tests.stress.proof.explorer import Explored, Explorer, Violation
from tests.stress.proof.mutants import (
    deliver_blindly,
    deliver_in_order_of_arrival,
    deliver_reading_first,
)
from tests.stress.proof.sandbox import Deliver, Program
from tests.stress.proof.system import Event, Scenario, Setting
from tests.support.csvs import MALL_ROW, mall_csv
from tests.support.memory_bucket import Call, MemoryBucket
from tests.support.models import mall_model

# Of uploads: name, rows, bad rows. The reject files of two uploads without bad rows are equal.
A, B, C, OLD = b"A 3 1", b"B 2 0", b"C 2 0", b"O 2 0"


@pytest.fixture(autouse=True)
def _each_report_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few reports are read in thousands of states, and equal bytes are equal reports."""
    monkeypatch.setattr(delivery, "readable", functools.cache(readable))


SHORT = Scenario(attempts=2, receives=1)
LONG = Scenario(attempts=3, receives=1)
AGAIN = Scenario(attempts=2, receives=2)

# Two requests to score again, and the first a second time, from a queue that keeps no order.
V2, V3 = Event("v2", "2026-01-01"), Event("v3", "2026-01-02")
REQUESTS = (V2, V2, V3)

SCENARIOS = {
    "one upload": AGAIN,
    "three events of one upload": replace(SHORT, events=3),
    "an overwrite": replace(LONG, before=OLD, people=(B,)),
    "an overwrite, and back to the same bytes": replace(SHORT, people=(B, A)),
    "a delete": replace(LONG, events=2, people=(None,)),
    "a delete, and a new upload": replace(SHORT, before=OLD, people=(None, B)),
    "another champion": replace(SHORT, events=2, champions=("v1", "v2")),
    "no champion at first": replace(SHORT, events=2, champions=(None, "v1")),
    "a rescore": replace(LONG, upload=B, rescore=(Event("v2"),)),
    "a rescore of what was scored before": replace(
        LONG, upload=B, before=OLD, rescore=(Event("v2"),)
    ),
    "two rescores, the older one twice": replace(SHORT, events=0, rescore=REQUESTS),
    "two rescores and a fault": replace(SHORT, events=0, rescore=(V2, V3), faults=1),
    "a fault, and a rescore by who had scored": replace(
        SHORT, sandboxes=1, rescore=REQUESTS, champions=("v3",), faults=1
    ),
    "two rescores, the older one twice, and an overwrite": replace(
        SHORT, sandboxes=1, rescore=REQUESTS, people=(B,)
    ),
    "a fault and two events": replace(SHORT, events=2, faults=1),
    "a fault and an overwrite": replace(SHORT, before=OLD, people=(B,), faults=1),
    "two faults": replace(AGAIN, faults=2),
    "a bucket of uploads without versions": replace(LONG, before=OLD, people=(B,), versioned=False),
}
MULTIPART = {
    "a fault and two events": replace(SHORT, events=2, faults=1),
    "three faults": replace(LONG, sandboxes=1, faults=3, receives=4),
}
LONG_KEY = {
    "two events": replace(AGAIN, events=2, faults=1),
    "an overwrite": replace(AGAIN, people=(B,), faults=1),
}
THOROUGH = {
    "two events, fighting for long": replace(LONG, events=2, receives=2),
    "no champion at first": replace(AGAIN, events=2, champions=(None, "v1")),
    "two overwrites": replace(SHORT, before=OLD, people=(B, C)),
    "an overwrite and another champion": replace(
        AGAIN, before=OLD, people=(B,), champions=("v1", "v2")
    ),
    "an overwrite and a rescore": replace(SHORT, before=OLD, people=(B,), rescore=(Event("v2"),)),
    "an overwrite and two rescores": replace(SHORT, events=0, people=(B,), rescore=(V2, V3)),
    "two rescores, one by who had scored": replace(SHORT, rescore=(V2, V3), champions=("v3",)),
    "a fault and two overwrites": replace(SHORT, people=(B, C), faults=1),
    "two faults and an overwrite": replace(SHORT, before=OLD, people=(B,), faults=2),
    "a fault, tried again in between": replace(AGAIN, events=2, faults=1),
    "three sandboxes": replace(SHORT, events=3, sandboxes=3),
}


def explored(program: Program, scenario: Scenario) -> Explored:
    setting = Setting(program, scenario)
    return Explorer(setting.moves, setting.at_end).explore(setting.start())


def prove(name: str, program: Program, scenario: Scenario, say: Callable[..., None]) -> None:
    walked = explored(program, scenario)
    say(f"{name}: {walked}", interleavings=walked.schedules, states=walked.worlds)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.endswith("the same bytes") else ())
        for name in SCENARIOS
    ],
)
def test_every_schedule_keeps_the_promise(name: str, say: Callable[..., None]) -> None:
    prove(name, Program(deliver), SCENARIOS[name], say)


@pytest.mark.parametrize("name", MULTIPART)
def test_every_schedule_of_multipart_uploads_keeps_the_promise(
    name: str, say: Callable[..., None]
) -> None:
    program = Program(deliver, upload_part=3, result_part=1_000)

    prove(f"in parts, {name}", program, MULTIPART[name], say)


@pytest.mark.parametrize("name", LONG_KEY)
def test_every_schedule_of_a_key_too_long_keeps_the_promise(
    name: str, say: Callable[..., None]
) -> None:
    prove(f"key too long, {name}", Program(deliver, key="k" * 1_001), LONG_KEY[name], say)


@pytest.mark.slow
@pytest.mark.parametrize("name", THOROUGH)
def test_every_longer_schedule_keeps_the_promise(name: str, say: Callable[..., None]) -> None:
    prove(name, Program(deliver), THOROUGH[name], say)


@pytest.mark.parametrize(
    ("mutant", "scenario"),
    [
        (deliver_blindly, SCENARIOS["an overwrite"]),
        (deliver_blindly, SCENARIOS["an overwrite, and back to the same bytes"]),
        (deliver_reading_first, SCENARIOS["an overwrite"]),
        (deliver_reading_first, SCENARIOS["an overwrite, and back to the same bytes"]),
        (deliver_in_order_of_arrival, SCENARIOS["two rescores, the older one twice"]),
    ],
)
def test_a_mutant_breaks_the_promise(mutant: Deliver, scenario: Scenario) -> None:
    with pytest.raises(Violation):
        explored(Program(mutant), scenario)


def test_reject_files_alone_can_be_those_of_an_older_upload_after_a_write_long_given_up() -> None:
    """The limit of what ETags can tell: S3 carries a write out after its sender gave up.

    Where the reject file of the newest upload has the bytes of the one before (none was
    rejected), the write's condition still holds. A reader who starts from the report is not
    touched; one who goes to ``rejected/`` directly is.
    """
    scenario = Scenario(
        before=OLD, people=(b"B 2 1",), late=True, faults=1, sandboxes=1, receives=2
    )
    explored(Program(deliver), scenario)

    with pytest.raises(Violation, match=r"the report names another rejected output$"):
        explored(Program(deliver), replace(scenario, people=(B,)))


def calls_of(upload: bytes, *, real: bool) -> list[tuple[str, str, str]]:
    calls = []

    def watch(call: Call, perform: Callable[[], object]) -> object:
        calls.append(call[:3])
        return perform()

    uploads, results = (MemoryBucket(name, around=watch) for name in ("uploads", "results"))
    uploads.put("k", upload)
    if real:
        deliver("k", uploads, results, lambda version: mall_model(version or "v1"))
    else:
        Program(deliver).perform(uploads, results, "v1")
    return calls


@pytest.mark.parametrize(
    "upload", [mall_csv(MALL_ROW, "2,?,1,1,1"), mall_csv(), b"a,b\n1,2\n", b"no header"]
)
def test_the_explored_scoring_makes_the_calls_of_the_real_one(upload: bytes) -> None:
    real: object = score.rows.write_rows  # of another type, to mypy never the same
    assert real is not sandbox.write_rows
    assert calls_of(upload, real=True) == calls_of(A, real=False)
