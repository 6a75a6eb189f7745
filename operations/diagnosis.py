"""Why a message is in the dead-letter queue, as far as buckets and registry tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from score.delivery import Mismatch, standing
from score.events import Message, UploadChanged, uploads_of
from score.objects import Bucket
from segmentation.errors import (
    DocumentError,
    NoChampion,
    SegmentationError,
    TransientError,
    UnknownVersion,
)
from segmentation.registry import Registry


class Cause(StrEnum):
    """Why a message could not be handled."""

    MALFORMED = "malformed"
    NO_UPLOAD_NAMED = "no_upload_named"
    UPLOAD_GONE = "upload_gone"
    DONE_SINCE = "done_since"
    NO_CHAMPION = "no_champion"
    MODEL_UNUSABLE = "model_unusable"
    NOT_READABLE = "not_readable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is known about one upload of a message, or about a message that names none.

    Parameters
    ----------
    cause
        Why, for programs.
    detail
        Why and what to do, for people; never text of the message.
    upload
        The upload.
    """

    cause: Cause
    detail: str
    upload: UploadChanged | None = None


_OUTPUTS = {
    Mismatch.NO_REPORT: "there is no report",
    Mismatch.OTHER_MODEL: "another model scored",
    Mismatch.OTHER_UPLOAD: "the report is of an earlier upload",
    Mismatch.OTHER_OUTPUTS: "the outputs are not those that the report names",
    Mismatch.OTHER_REQUEST: "the report does not tell of this request",
}


class Doctor:
    """Looks for reasons.

    Parameters
    ----------
    bucket
        Gives the bucket of a name.
    results
        Where outputs are.
    registry
        Holds the models.
    """

    def __init__(
        self, bucket: Callable[[str], Bucket], results: Bucket, registry: Registry
    ) -> None:
        self._bucket = bucket
        self._results = results
        self._registry = registry
        self._model_trouble = cache(self._look_at_model)

    def diagnose(self, body: str) -> list[Diagnosis]:
        """Say why a message could not be handled, for each upload that it names."""
        try:
            uploads = list(uploads_of(Message(json.loads(body))))
        except (ValueError, RecursionError):
            return [_malformed("not JSON")]
        except DocumentError as exc:
            return [_malformed(f"{exc.field} is not as expected")]
        if not uploads:
            return [Diagnosis(Cause.NO_UPLOAD_NAMED, "it names no upload: nothing to do")]
        return [self._diagnose(upload) for upload in uploads]

    def _diagnose(self, upload: UploadChanged) -> Diagnosis:
        try:
            now = standing(
                upload.key,
                self._bucket(upload.bucket),
                self._results,
                model_version=upload.model_version,
                requested_at=upload.requested_at,
            )
        except TransientError as exc:
            return Diagnosis(Cause.NOT_READABLE, f"cannot be looked at: {exc}", upload)
        if now.source is None:
            return Diagnosis(Cause.UPLOAD_GONE, "the upload is gone: nothing to do", upload)
        if now.mismatch is None:
            status = now.seen.report.status if now.seen.report else ""
            done = f"has its outputs since (status {status}): nothing to do"
            return Diagnosis(Cause.DONE_SINCE, done, upload)
        cause, detail = self._model_trouble(now.version) or (
            Cause.UNKNOWN,
            "by now a model serves, so AWS had trouble, or time or memory ran out: see the score "
            "function's log",
        )
        return Diagnosis(cause, f"{_OUTPUTS[now.mismatch]}; {detail}", upload)

    def _look_at_model(self, version: str | None) -> tuple[Cause, str] | None:
        try:
            if version is None:
                self._registry.load_champion()
            else:
                self._registry.load(version)
        except NoChampion:
            return Cause.NO_CHAMPION, "no model serves: promote one"
        except (UnknownVersion, DocumentError) as exc:
            return Cause.MODEL_UNUSABLE, str(exc)
        except SegmentationError as exc:
            return Cause.NOT_READABLE, f"the model cannot be looked at: {exc}"
        return None


def _malformed(problem: str) -> Diagnosis:
    return Diagnosis(
        Cause.MALFORMED, f"no message that the score function knows ({problem}): it fails again"
    )
