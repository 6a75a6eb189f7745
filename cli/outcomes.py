"""What became of an upload: read from the message that announced it and from its report."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from infra.local.poller import Delivery
from score.s3 import S3Bucket
from segmentation.errors import TransientError
from segmentation.report import Report, readable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one try at one upload.

    Attributes
    ----------
    key : str
        The upload's key.
    attempt : int
        Which try it was.
    report : Report or None
        Its report; None when there is none that can be read.
    error : str or None
        Why the try failed; None when it did not.
    """

    key: str
    attempt: int
    report: Report | None
    error: str | None


def outcomes(delivery: Delivery, results_bucket: str, s3: S3Client) -> list[Outcome]:
    """The outcome of each upload that a message announced: none for a test message of S3."""
    found = []
    for key in _keys(delivery.body):
        report = None if delivery.error else _report(key, results_bucket, s3)
        found.append(Outcome(key, delivery.attempt, report, delivery.error))
    return found


def _keys(body: str) -> list[str]:
    try:
        records = json.loads(body).get("Records", [])
        return [unquote_plus(record["s3"]["object"]["key"]) for record in records]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _report(key: str, results_bucket: str, s3: S3Client) -> Report | None:
    with suppress(TransientError):
        if found := S3Bucket(s3, results_bucket).get(f"reports/{key}.json"):
            return readable(found[0])
    return None  # a folder, an upload that vanished, or a key too long to have one of its own
