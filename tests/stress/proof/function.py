"""The real score function over an S3 that tests can look into, delivered to until all is quiet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import pyarrow.parquet

from score import handler
from score.outputs import Outputs
from tests.stress.proof.figures import Lost, Stale, ensure

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

DELIVERIES = 5
"""As often as the template's queue gives a message out before it is a dead letter."""


class Context:
    """What the function asks of Lambda's context."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 840_000


@dataclass
class Messages:
    """A queue with one message, as the event source mapping works it."""

    key: str
    receives: int = 0

    def event(self) -> dict[str, Any]:
        """Give the message out."""
        self.receives += 1
        return _event(self.key, f"receipt-{self.receives}", self.receives)

    def close(self) -> None:
        """The message was handled."""


@dataclass
class SqsMessages:
    """The same in SQS, whose calls can fail, too."""

    sqs: SQSClient
    url: str
    key: str
    receives: int = 0
    _receipt: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=_body(self.key))

    def event(self) -> dict[str, Any]:
        """Give the message out; whatever it waits for is over."""
        if self._receipt:
            self.sqs.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=self._receipt, VisibilityTimeout=0
            )
        (message,) = self.sqs.receive_message(
            QueueUrl=self.url, MessageSystemAttributeNames=["All"]
        )["Messages"]
        self._receipt = message["ReceiptHandle"]
        self.receives = int(message["Attributes"]["ApproximateReceiveCount"])
        return _event(self.key, self._receipt, self.receives)

    def close(self) -> None:
        """The message was handled."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=self._receipt)


def _body(key: str) -> str:
    s3 = {"bucket": {"name": "uploads"}, "object": {"key": quote_plus(key)}}
    return json.dumps({"Records": [{"s3": s3}]})


def _event(key: str, receipt: str, receives: int) -> dict[str, Any]:
    record = {
        "messageId": "1",
        "receiptHandle": receipt,
        "body": _body(key),
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "eventSource": "aws:sqs",
    }
    return {"Records": [record]}


def deliver_until_quiet(messages: Messages | SqsMessages, sandbox: Callable[[], object]) -> int:
    """Deliver a message until it is handled; give how often that took.

    Parameters
    ----------
    sandbox
        Called before each delivery, which may meet a new one.
    """
    for delivery in range(1, DELIVERIES + 1):
        sandbox()
        answer = handler.lambda_handler(messages.event(), Context())
        if not answer["batchItemFailures"]:
            messages.close()
            return delivery
    raise Lost(f"the message is a dead letter after {DELIVERIES} deliveries")


def versions(s3: S3Client, key: str) -> list[tuple[str, str]]:
    """Give every version of every output of an upload."""
    outputs = Outputs.of(key)
    return [
        (item["Key"], item["VersionId"])
        for name in filter(None, (outputs.report, outputs.scored, outputs.rejected))
        for page in s3.get_paginator("list_object_versions").paginate(Bucket="results", Prefix=name)
        for item in page.get("Versions", [])
    ]


def check_promise(s3: S3Client, key: str, read: int, rejected: int) -> None:
    """Check the outputs of an upload, as a reader finds them who starts from the report."""
    outputs = Outputs.of(key)
    try:
        report = json.loads(s3.get_object(Bucket="results", Key=outputs.report)["Body"].read())
    except s3.exceptions.NoSuchKey as error:
        raise Lost(f"{key}: no report") from error
    source = s3.head_object(Bucket="uploads", Key=key)
    ensure(report["source"]["etag"] == source["ETag"], f"{key}: of an older upload", Stale)
    assert report["rows"] == {"read": read, "scored": read - rejected, "rejected": rejected}
    for named in report["outputs"].values():
        current = s3.head_object(Bucket="results", Key=named["key"])
        same = (named["version_id"], named["etag"]) == (current["VersionId"], current["ETag"])
        ensure(same, f"{named['key']}: of another set", Stale)
    for name, version in versions(s3, key):
        data = s3.get_object(Bucket="results", Key=name, VersionId=version)["Body"].read()
        rows = _rows_of_whole(name, data)
        if (name, version) == _named(report, "scored"):
            assert rows == read - rejected
        elif (name, version) == _named(report, "rejected"):
            assert rows == rejected


def _named(report: dict[str, Any], output: str) -> tuple[str, str]:
    named = report["outputs"][output]
    return named["key"], named["version_id"]


def _rows_of_whole(name: str, data: bytes) -> int:
    """Read an output from its beginning to its end: no half of one is ever visible."""
    if name.startswith("scored/"):
        return int(pyarrow.parquet.read_table(io.BytesIO(data)).num_rows)
    if name.startswith("rejected/"):
        assert data.endswith(b"\n")
        return data.count(b"\n") - 1
    return len(json.loads(data)["rows"])


def open_uploads(s3: S3Client) -> Iterator[str]:
    """Give the keys of multipart uploads that are neither complete nor aborted."""
    for upload in s3.list_multipart_uploads(Bucket="results").get("Uploads", []):
        yield upload["Key"]
