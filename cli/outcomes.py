"""What became of an upload: read from the message that announced it and from its report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from botocore.exceptions import ClientError

from infra.local.poller import Delivery

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
    report : dict or None
        Its report; None when there is none.
    error : str or None
        Why the try failed; None when it did not.
    """

    key: str
    attempt: int
    report: dict[str, Any] | None
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


def _report(key: str, results_bucket: str, s3: S3Client) -> dict[str, Any] | None:
    try:
        body = s3.get_object(Bucket=results_bucket, Key=f"reports/{key}.json")["Body"].read()
    except ClientError:
        return None  # a folder, an upload that vanished, or a key too long to have one of its own
    report: dict[str, Any] = json.loads(body)
    return report
