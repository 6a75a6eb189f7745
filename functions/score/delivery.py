"""When what is written: every upload ends with one consistent set of outputs, or is tried again.

An event says only "this key changed". `deliver` compares what stands in the buckets with what
should, and writes only over what it has seen, so that any order, repetition, delay or crash of
events ends in the outputs of the newest upload. The report is written last and names the other
two: it is the commit record.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from engine.report import lineage, refused_report, report_json
from engine.text import ByteSource
from score.budget import TimedSource
from score.objects import Bucket, ObjectState
from score.outputs import Outputs, key_refusal
from score.rows import write_rows
from segmentation.errors import StoreConflict, TransientError
from segmentation.model import Model

ATTEMPTS = 10
"""How often a delivery that keeps losing to others starts over before it is tried again later."""

Report = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a delivery ended.

    Parameters
    ----------
    report
        The committed report; None where the upload was deleted before it was scored.
    written
        Whether this delivery wrote it (False: it was there).
    """

    report: Report | None
    written: bool


class Gap(StrEnum):
    """Why the outputs that stand are not those that should."""

    NO_REPORT = "no_report"
    OTHER_MODEL = "other_model"
    OTHER_UPLOAD = "other_upload"
    OTHER_OUTPUTS = "other_outputs"
    OTHER_REQUEST = "other_request"


class Rescore(NamedTuple):
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

    @classmethod
    def recorded(cls, report: Report) -> Rescore:
        """Give the last request that a report goes by."""
        match report.get("rescore"):
            case {"requested_at": str(requested_at), "model_version": str(model_version)}:
                return cls(requested_at, model_version)
        return cls()

    @property
    def record(self) -> dict[str, str] | None:
        """What a report says of it."""
        return self._asdict() if self.requested_at else None


NO_REQUEST = Rescore()


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood in the results bucket before the upload was looked at."""

    report: Report
    report_etag: str | None
    scored: ObjectState | None
    rejected: ObjectState | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the buckets for an upload's key.

    Parameters
    ----------
    seen
        The outputs; the report is empty where there is none.
    source
        The upload; None where there is none.
    gap
        Why there is work to do; None where the outputs are right, or there is no upload.
    version
        Which model has to score; None for the one that serves.
    rescore
        The last request to score again, of those that are known.
    """

    seen: Seen
    source: ObjectState | None
    gap: Gap | None = None
    version: str | None = None
    rescore: Rescore = NO_REQUEST


def deliver(
    key: str,
    uploads: Bucket,
    results: Bucket,
    load: Callable[[str | None], Model],
    *,
    model_version: str | None = None,
    requested_at: str = "",
    remaining_seconds: Callable[[], float] = lambda: math.inf,
) -> Delivered:
    """Bring the outputs of an upload up to date.

    Parameters
    ----------
    key
        The upload.
    uploads, results
        The two buckets.
    load
        Gives the model of a version, or for None the one that serves; called only when something
        has to be scored.
    model_version
        Score again unless this version did; without it, whatever version scored is right.
    requested_at
        When that was asked for (see `Rescore`): after a later request it changes nothing.
    remaining_seconds
        Tells how much time is left.

    Raises
    ------
    TransientError
        The stores had trouble, or others kept writing.
    NoChampion, DocumentError
        From `load`.
    """
    written = False
    for attempt in range(ATTEMPTS):
        try:
            now = standing(
                key, uploads, results, model_version=model_version, requested_at=requested_at
            )
            if now.source is None:
                return Delivered(None, written=False)
            if now.gap is None:
                return Delivered(now.seen.report, written)
            # A refusal for lack of time is an answer only where none was lost to starting over.
            timed = partial(TimedSource, remaining_seconds=remaining_seconds, final=attempt == 0)
            _write(key, now.source, uploads, results, now, load, timed)
            written = True
        except StoreConflict:
            continue
    raise TransientError("others kept writing the same outputs, expected a quiet moment")


def standing(
    key: str,
    uploads: Bucket,
    results: Bucket,
    *,
    model_version: str | None = None,
    requested_at: str = "",
) -> Standing:
    """Compare what stands in the buckets with what should.

    Parameters
    ----------
    key
        The upload.
    uploads, results
        The two buckets.
    model_version, requested_at
        What should have scored, and when that was asked for; as for `deliver`.

    Raises
    ------
    TransientError
        The stores had trouble.
    """
    outputs = Outputs.of(key)
    # The outputs first, then the source: whoever writes a newer source's outputs after this look
    # makes the conditional writes fail that go by it.
    seen = _look(results, outputs)
    source = uploads.head(key)
    if source is None:
        return Standing(seen, None)
    asked, recorded = Rescore(requested_at, model_version or ""), Rescore.recorded(seen.report)
    # Messages come in any order, late and twice: what was asked for last counts, not what is heard
    # last. A request that is carried out does not count again, be it for a newer upload.
    if requested_at and asked <= recorded:
        model_version = None
    newest = max(asked, recorded)
    gap = _gap(seen, outputs, _source(uploads, key, source), model_version, newest)
    if gap is Gap.OTHER_OUTPUTS:
        # A worker that was late may have written over them. Mending them with whatever serves now
        # would undo a rescore that has been acknowledged.
        model_version = _text(seen.report.get("model_version"))
    return Standing(seen, source, gap, model_version, newest)


def _look(results: Bucket, outputs: Outputs) -> Seen:
    found = results.get(outputs.report)
    return Seen(
        report=_parsed(found[0]) if found else {},
        report_etag=found[1].etag if found else None,
        scored=results.head(outputs.scored) if outputs.scored else None,
        rejected=results.head(outputs.rejected) if outputs.rejected else None,
    )


def _parsed(data: bytes) -> Report:
    """Read a report; one that is damaged counts as one that names nothing."""
    try:
        report = json.loads(data)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _gap(
    seen: Seen,
    outputs: Outputs,
    source: Mapping[str, object],
    model_version: str | None,
    newest: Rescore,
) -> Gap | None:
    if not seen.report:
        return Gap.NO_REPORT
    if model_version is not None and seen.report.get("model_version") != model_version:
        return Gap.OTHER_MODEL
    if seen.report.get("source") != source:
        return Gap.OTHER_UPLOAD
    if seen.report.get("outputs") != _outputs(outputs, seen.scored, seen.rejected):
        return Gap.OTHER_OUTPUTS
    if seen.report.get("rescore") != newest.record:
        return Gap.OTHER_REQUEST
    return None


def _write(
    key: str,
    source: ObjectState,
    uploads: Bucket,
    results: Bucket,
    now: Standing,
    load: Callable[[str | None], Model],
    timed: Callable[[ByteSource, int], ByteSource],
) -> None:
    """Write scored, then rejected, then the report; each only over what was seen."""
    outputs, seen = Outputs.of(key), now.seen
    scored = rejected = None
    if now.gap is Gap.OTHER_REQUEST:  # the rows are right: only the report has to tell of it
        document, scored, rejected = dict(seen.report), seen.scored, seen.rejected
    elif refusal := key_refusal(key):
        document = refused_report(refusal, load(now.version), 0, 0.0)
    else:
        model = load(now.version)
        document, scored, rejected = write_rows(
            timed(uploads.read(key, source), source.size),
            model,
            lambda: results.writer(str(outputs.scored), _etag(seen.scored)),
            lambda: results.writer(str(outputs.rejected), _etag(seen.rejected)),
            lineage(
                model,
                source_bucket=uploads.name,
                source_key=key,
                source_version_id=source.version_id or "",
                source_etag=source.etag,
            ),
        )
    with results.writer(outputs.report, seen.report_etag) as report:
        report.write(
            report_json(
                {
                    **document,
                    "source": _source(uploads, key, source),
                    "outputs": _outputs(outputs, scored, rejected),
                    "rescore": now.rescore.record,
                }
            )
        )
        report.commit()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _etag(state: ObjectState | None) -> str | None:
    return None if state is None else state.etag


def _source(uploads: Bucket, key: str, state: ObjectState) -> dict[str, object]:
    return {
        "bucket": uploads.name,
        "key": key,
        "etag": state.etag,
        "version_id": state.version_id,
        "size": state.size,
    }


def _outputs(
    outputs: Outputs, scored: ObjectState | None, rejected: ObjectState | None
) -> dict[str, object]:
    return {
        name: {"key": key, "version_id": state.version_id, "etag": state.etag} if state else None
        for name, key, state in (
            ("scored", outputs.scored, scored),
            ("rejected", outputs.rejected, rejected),
        )
    }
