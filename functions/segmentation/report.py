"""The report of an upload: what became of every row, in a JSON document for people and programs.

Whoever reads a report reads it whole, through `Report.from_json`. Releases that add fields keep the
format version, and a reader passes over the fields that it does not know: a report outlives the
release that wrote it, and is read by command lines and consoles that are older or newer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from segmentation.document import Section, parse_json
from segmentation.drift import Drift
from segmentation.errors import DocumentError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")

FORMAT = "segmentation-report"
FORMAT_VERSION = 1


class Status(StrEnum):
    """How an upload ended."""

    SCORED = "scored"
    PARTLY_SCORED = "partly_scored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an upload was refused as a whole: a short name for machines, a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows there were: those read are the scored and the rejected ones."""

    read: int
    scored: int
    rejected: int


@dataclass(frozen=True, slots=True)
class SegmentShare:
    """How many of the scored customers fell into a segment, and which part of them."""

    id: int
    name: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class FieldWarning:
    """How many customers have a value of this feature that is scored, but should be looked at."""

    field: str
    code: str
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """The very upload that was scored: its place, and which of the objects there it was."""

    bucket: str
    key: str
    etag: str
    version_id: str | None
    size: int


@dataclass(frozen=True, slots=True)
class Output:
    """A file of rows in the results bucket, in the very version that the report is about."""

    key: str
    version_id: str | None
    etag: str


@dataclass(frozen=True, slots=True)
class Written:
    """The files of rows; a refused key has none."""

    scored: Output | None
    rejected: Output | None


@dataclass(frozen=True, slots=True, order=True)
class Rescore:
    """A request to score again; of two, the one that was made later counts.

    Parameters
    ----------
    requested_at
        ISO 8601 in UTC with microseconds, so that texts are in the order of times; empty for a
        request that does not tell, which counts whenever it comes.
    model_version
        Who is to score; empty for no request.
    """

    requested_at: str = ""
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """What makes a report the commit record of a delivery.

    Parameters
    ----------
    source
        The upload.
    outputs
        Its outputs.
    rescore
        The last request to score again that they go by; None where there was none.
    """

    source: Source
    outputs: Written
    rescore: Rescore | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of an upload.

    Parameters
    ----------
    status
        How it ended.
    refusal
        Why it was refused as a whole; None where it was not.
    rows
        How many there were.
    reasons
        How many were rejected, by reason.
    advice
        What to do about the rejected rows; None where the upload was refused.
    segments
        Into which the customers fell; none where the upload was refused.
    warnings
        Values that were scored, but are seldom seen.
    drift
        From the customers that trained the model; None where the upload was refused.
    encoding, delimiter
        How the file was read; None where it was refused.
    model_version, engine_version
        What scored it.
    bytes_read, seconds
        What it took.
    commit
        Which objects it is about; None for a file that was scored without S3.
    """

    status: Status
    refusal: Refusal | None = None
    rows: Rows
    reasons: Mapping[str, int]
    advice: str | None = None
    segments: Sequence[SegmentShare]
    warnings: Sequence[FieldWarning]
    drift: Drift | None
    encoding: str | None = None
    delimiter: str | None = None
    model_version: str
    engine_version: str
    bytes_read: int
    seconds: float
    commit: Commit | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the document."""
        facts = asdict(self)
        commit = facts.pop("commit") or {}
        told = {name: fact for name, fact in facts.items() if fact is not None or name == "drift"}
        return {"format": FORMAT, "format_version": FORMAT_VERSION, **told, **commit}

    def to_json(self) -> bytes:
        """Write the document."""
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> Report:
        """Read a document.

        Raises
        ------
        DocumentError
            It is no report, or one of a later format; the message names the field.
        """
        report = Section(parse_json(data, "report"), "report")
        report.choice("format", (FORMAT,))
        report.integer("format_version", minimum=1, maximum=FORMAT_VERSION)
        status = Status(report.choice("status", tuple(Status)))
        refused = status is Status.REFUSED
        reasons = report.section("reasons")
        return cls(
            status=status,
            refusal=_read(Refusal, report.section("refusal")) if refused else None,
            rows=_read(Rows, report.section("rows")),
            reasons={name: reasons.integer(name, minimum=0) for name in reasons.names},
            advice=report.optional_text("advice"),
            segments=[_read(SegmentShare, one) for one in report.sections("segments", least=0)],
            warnings=[_read(FieldWarning, one) for one in report.sections("warnings", least=0)],
            drift=Drift.read(report.section("drift")) if report.has("drift") else None,
            encoding=report.optional_text("encoding"),
            # Whoever opens the rejected rows hands it to a reader of CSV.
            delimiter=None if refused else report.text("delimiter", pattern=r'[^"\r\n]'),
            model_version=report.text("model_version"),
            engine_version=report.text("engine_version"),
            bytes_read=report.integer("bytes_read", minimum=0),
            seconds=report.number("seconds", minimum=0),
            commit=_commit(report) if report.has("source") else None,
        )


def readable(data: bytes) -> Report | None:
    """Read a report; None for a damaged or foreign one, which says nothing of any upload."""
    try:
        return Report.from_json(data)
    except DocumentError:
        return None


def _commit(report: Section) -> Commit:
    outputs = report.section("outputs")
    return Commit(
        _read(Source, report.section("source")),
        Written(_optional(Output, outputs, "scored"), _optional(Output, outputs, "rejected")),
        _optional(Rescore, report, "rescore"),
    )


def _optional(kind: type[Record], section: Section, name: str) -> Record | None:
    return _read(kind, section.section(name)) if section.has(name) else None


def _read(kind: type[Record], section: Section) -> Record:
    """Read a record of plain fields: the type of each says how, and no number is negative."""
    return kind(*(_READERS[str(field.type)](section, field.name) for field in fields(kind)))


_READERS: Mapping[str, Callable[[Section, str], object]] = {
    "str": Section.text,
    "str | None": Section.optional_text,
    "int": partial(Section.integer, minimum=0),
    "float": partial(Section.number, minimum=0),
}
