"""A delivery that stands still at every call, as a value.

`deliver` is a function of the answers to its calls. So where it stands is the list of answers it
has had, and the call that it makes next is found by running it from the start with those answers.
Each place is run once and remembered, so that a step of the model checker is a look-up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from unittest import mock

import score.delivery
from engine.text import ByteSource
from score.objects import ObjectState, ObjectWriter
from score.outputs import Outputs
from segmentation.errors import SegmentationError
from segmentation.report import Report, Rows, Status
from tests.support.memory_bucket import Call, MemoryBucket

Deliver = Callable[..., object]


class Answer(NamedTuple):
    """What a call gave, or the error that it raised."""

    value: Any = None
    error: type[SegmentationError] | None = None


@dataclass(frozen=True)
class Scorer:
    """All that delivery needs of a model."""

    version: str


def scored_bytes(upload: bytes, version: str) -> bytes:
    return b"%b scored by %b%b" % (upload, version.encode(), b"." * 1_500)


def rejected_bytes(upload: bytes) -> bytes:
    """As the real ones: equal for all uploads without a rejected row, and whatever the model."""
    _, _, bad = upload.split()
    return b"none" if bad == b"0" else upload


def rows_of(upload: bytes) -> dict[str, int]:
    _, read, bad = upload.split()
    return {"read": int(read), "scored": int(read) - int(bad), "rejected": int(bad)}


def write_rows(
    source: ByteSource,
    model: Scorer,
    scored: Callable[[], ObjectWriter],
    rejected: Callable[[], ObjectWriter],
    _lineage: dict[str, str],
) -> tuple[Report, ObjectState, ObjectState]:
    """Make the calls of `score.rows.write_rows`, in its order, about an upload such as ``A 3 1``.

    That is its name, the rows in it, and how many of them are bad.
    """
    upload = source.read(100)
    with scored() as labelled, rejected() as rejects:
        labelled.write(scored_bytes(upload, model.version))
        rejects.write(rejected_bytes(upload))
        states = labelled.commit(), rejects.commit()
    report = Report(
        status=Status.SCORED,
        rows=Rows(**rows_of(upload)),
        reasons={},
        segments=[],
        warnings=[],
        drift=None,
        delimiter=",",
        model_version=model.version,
        engine_version="",
        bytes_read=len(upload),
        seconds=0.0,
    )
    return report, *states


class Place:
    """Where a delivery stands: before a call, or at its end.

    Parameters
    ----------
    call
        What it asks next; None at the end.
    error
        How it ended; None if well.
    begun
        Multipart uploads that it knows of.
    """

    __slots__ = ("_answers", "_next", "_program", "_start", "begun", "call", "error", "number")

    def __init__(self, program: Program, start: _Start, answers: tuple[Answer, ...]) -> None:
        self._program = program
        self._start = start
        self._answers = answers
        self._next: dict[Answer, Place] = {}
        self.number = program.places
        program.places += 1
        self.call, self.error, created = program.run(start, answers)
        self.begun: tuple[str, ...] = created

    def answered(self, answer: Answer) -> Place:
        """Go on with the answer to the call."""
        place = self._next.get(answer)
        if place is None:
            place = Place(self._program, self._start, (*self._answers, answer))
            if place.call is not None and place.call == self._program.first_call:
                # It starts over, and remembers nothing but that it has an attempt less.
                again = self._start._replace(attempts=self._start.attempts - 1)
                place = self._program.start(*again)
            self._next[answer] = place
        return place


class _Start(NamedTuple):
    attempts: int
    version: str
    requested_at: str


class _StandStill(BaseException):
    """No answer yet."""


class Program:
    """The code of a sandbox.

    Parameters
    ----------
    deliver
        The real one, or a mutant.
    key
        The upload.
    upload_part, result_part
        Size of reads and of multipart parts, in bytes.
    """

    def __init__(
        self,
        deliver: Deliver,
        key: str = "k",
        upload_part: int = 100,
        result_part: int = 10_000,
    ) -> None:
        self._deliver = deliver
        self.key = key
        self.outputs = Outputs.of(key)
        self._parts = upload_part, result_part
        self._starts: dict[_Start, Place] = {}
        self.places = 0
        self.first_call: Call | None = None

    def start(self, attempts: int, version: str = "", requested_at: str = "") -> Place:
        """Begin a delivery; `version` is set to score again, by a request of that time."""
        start = _Start(attempts, version, requested_at)
        if start not in self._starts:
            self._starts[start] = Place(self, start, ())
            self.first_call = self._starts[start].call or self.first_call
        return self._starts[start]

    def run(
        self, start: _Start, answers: tuple[Answer, ...]
    ) -> tuple[Call | None, type[SegmentationError] | None, tuple[str, ...]]:
        """Run with these answers: give the call that has none yet, or how it ended."""
        left = iter(answers)
        asked: list[Call] = []
        created: list[str] = []

        def ask(call: Call, _perform: object = None) -> Any:
            if asked:
                return None  # it is being torn down
            answer = next(left, None)
            if answer is None:
                asked.append(call)
                raise _StandStill
            if answer.error is not None:
                raise answer.error(call.operation)
            if call.operation == "create":
                created.append(answer.value)
            return answer.value

        def load(version: str | None = None) -> Scorer:
            return Scorer(ask(Call("registry", "load", version or "")))

        uploads, results = (
            MemoryBucket(name, around=ask, part_bytes=part)
            for name, part in zip(("uploads", "results"), self._parts, strict=True)
        )
        error = None
        with mock.patch.multiple(score.delivery, write_rows=write_rows, ATTEMPTS=start.attempts):
            try:
                self._deliver(
                    self.key,
                    uploads,
                    results,
                    load,
                    model_version=start.version or None,
                    requested_at=start.requested_at,
                )
            except _StandStill:
                pass
            except SegmentationError as exc:
                error = type(exc)
        return (asked[0] if asked else None), error, tuple(created)

    def perform(
        self,
        uploads: MemoryBucket,
        results: MemoryBucket,
        champion: str,
        version: str = "",
        requested_at: str = "",
    ) -> None:
        """Deliver once, undisturbed."""
        with mock.patch.object(score.delivery, "write_rows", write_rows):
            self._deliver(
                self.key,
                uploads,
                results,
                lambda version: Scorer(version or champion),
                model_version=version or None,
                requested_at=requested_at,
            )
