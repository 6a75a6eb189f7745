"""When what is written: every upload ends with one consistent set of outputs, or is tried again.

An event says only "this key changed". `deliver` compares what stands in the buckets with what
should, and writes only over what it has seen, so that any order, repetition, delay or crash of
events ends in the outputs of the newest upload. The report is written last and names the other
two: it is the commit record.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from engine.report import lineage, refused_report
from engine.text import ByteSource
from score.budget import TimedSource
from score.objects import Bucket, ObjectState
from score.outputs import Outputs, key_refusal
from score.rows import write_rows
from segmentation.errors import StoreConflict, TransientError
from segmentation.model import Model
from segmentation.report import Commit, Output, Report, Rescore, Source, Written, readable

ATTEMPTS = 10
"""How often a delivery that keeps losing to others starts over before it is tried again later."""


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


class Mismatch(StrEnum):
    """Why the outputs that stand are not those that should."""

    NO_REPORT = "no_report"
    OTHER_MODEL = "other_model"
    OTHER_UPLOAD = "other_upload"
    OTHER_OUTPUTS = "other_outputs"
    OTHER_REQUEST = "other_request"


NO_REQUEST = Rescore()


@dataclass(frozen=True, slots=True)
class Seen:
    """What stood in the results bucket before the upload was looked at."""

    report: Report | None
    report_etag: str | None
    scored: ObjectState | None
    rejected: ObjectState | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in the buckets for an upload's key.

    Parameters
    ----------
    seen
        The outputs; the report is None where there is none, or none that can be read.
    source
        The upload; None where there is none.
    mismatch
        Why there is work to do; None where the outputs are right, or there is no upload.
    version
        Which model has to score; None for the one that serves.
    rescore
        The last request to score again, of those that are known.
    """

    seen: Seen
    source: ObjectState | None
    mismatch: Mismatch | None = None
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
            if now.mismatch is None:
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
    commit = seen.report.commit if seen.report else None
    asked = Rescore(requested_at, model_version or "")
    recorded = (commit and commit.rescore) or NO_REQUEST
    # Messages come in any order, late and twice: what was asked for last counts, not what is heard
    # last. A request that is carried out does not count again, be it for a newer upload.
    if requested_at and asked <= recorded:
        model_version = None
    newest = max(asked, recorded)
    wanted = _commit(uploads, key, source, seen.scored, seen.rejected, newest)
    mismatch = _mismatch(seen.report, wanted, model_version)
    if seen.report and mismatch is Mismatch.OTHER_OUTPUTS:
        # A worker that was late may have written over them. Mending them with whatever serves now
        # would undo a rescore that has been acknowledged.
        model_version = seen.report.model_version
    return Standing(seen, source, mismatch, model_version, newest)


def _look(results: Bucket, outputs: Outputs) -> Seen:
    found = results.get(outputs.report)
    return Seen(
        report=readable(found[0]) if found else None,
        report_etag=found[1].etag if found else None,
        scored=results.head(outputs.scored) if outputs.scored else None,
        rejected=results.head(outputs.rejected) if outputs.rejected else None,
    )


def _mismatch(report: Report | None, wanted: Commit, model_version: str | None) -> Mismatch | None:
    if report is None or report.commit is None:
        return Mismatch.NO_REPORT
    if model_version is not None and report.model_version != model_version:
        return Mismatch.OTHER_MODEL
    if report.commit.source != wanted.source:
        return Mismatch.OTHER_UPLOAD
    if report.commit.outputs != wanted.outputs:
        return Mismatch.OTHER_OUTPUTS
    if report.commit.rescore != wanted.rescore:
        return Mismatch.OTHER_REQUEST
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
    if seen.report and now.mismatch is Mismatch.OTHER_REQUEST:
        # The rows are right: only the report has to tell of it.
        document, scored, rejected = seen.report, seen.scored, seen.rejected
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
    commit = _commit(uploads, key, source, scored, rejected, now.rescore)
    with results.writer(outputs.report, seen.report_etag) as report:
        report.write(replace(document, commit=commit).to_json())
        report.commit()


def _etag(state: ObjectState | None) -> str | None:
    return None if state is None else state.etag


def _commit(
    uploads: Bucket,
    key: str,
    source: ObjectState,
    scored: ObjectState | None,
    rejected: ObjectState | None,
    rescore: Rescore,
) -> Commit:
    outputs = Outputs.of(key)
    return Commit(
        Source(uploads.name, key, source.etag, source.version_id, source.size),
        Written(_output(outputs.scored, scored), _output(outputs.rejected, rejected)),
        rescore if rescore.requested_at else None,
    )


def _output(key: str | None, state: ObjectState | None) -> Output | None:
    return Output(key, state.version_id, state.etag) if key and state else None
