"""The events that the score function understands, decoded to uploads.

- An SQS event whose messages hold S3 notifications
  (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html),
  ``s3:TestEvent``, or ``{"rescore": {"bucket", "key", "model_version", "requested_at"}}``.
- A bare S3 notification or rescore request, as ``sam local invoke`` or Step Functions sends it.

Of a notification only the bucket and the key count; its version and order do not. Requests to
score again may say when they were made: then they count in that order, whenever they come. One
without a model asks for no more than a notification does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from segmentation.document import Section
from segmentation.errors import DocumentError

SQS_SOURCE = "aws:sqs"


@dataclass(frozen=True, slots=True)
class UploadChanged:
    """Something happened to an upload, or it is to be scored again.

    Parameters
    ----------
    bucket, key
        The upload.
    model_version
        Who is to score it again; None where something happened.
    requested_at
        When that was asked for: ISO 8601 in UTC with microseconds; empty if not said.
    """

    bucket: str
    key: str
    model_version: str | None = None
    requested_at: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: what it says, and what its queue needs to know about it again.

    Parameters
    ----------
    body
        The decoded JSON.
    id, receipt, receives
        Of the queue; empty and 1 for a bare event.
    """

    body: object
    id: str = ""
    receipt: str = ""
    receives: int = 1


def messages(event: object) -> list[Message]:
    """Give the messages of an SQS event; any other event is one message."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list) or not any(
        isinstance(record, dict) and record.get("eventSource") == SQS_SOURCE for record in records
    ):
        return [Message(event)]
    return [_message(Section(record, f"Records[{place}]")) for place, record in enumerate(records)]


def _message(record: Section) -> Message:
    attributes = record.section("attributes") if record.has("attributes") else None
    text = record.text("body")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = text  # refused below, in the one place that knows the shapes
    receives = attributes.text("ApproximateReceiveCount", default="1") if attributes else "1"
    return Message(
        body=body,
        id=record.text("messageId", default=""),
        receipt=record.text("receiptHandle", default=""),
        receives=int(receives) if re.fullmatch("[0-9]{1,9}", receives) else 1,
    )


def uploads_of(message: Message) -> Iterator[UploadChanged]:
    """Give the uploads that a message speaks of; a test event and a "folder" speak of none.

    Raises
    ------
    DocumentError
        The message has none of the known shapes; the error names the field.
    """
    body = Section(message.body, "event")
    if body.has("rescore"):
        if upload := _rescore(body.section("rescore")):
            yield upload
        return
    if body.has("Event") and body.text("Event") == "s3:TestEvent":
        return
    if not body.has("Records"):
        raise DocumentError("event.Records", "missing, expected an S3 notification")
    for record in body.sections("Records"):
        s3 = record.section("s3")
        key = unquote_plus(_name(s3.section("object"), "key"))
        if not is_folder(key):
            yield UploadChanged(_name(s3.section("bucket"), "name"), key)


def _rescore(request: Section) -> UploadChanged | None:
    bucket, key = _name(request, "bucket"), _name(request, "key")
    requested_at = _moment(request, "requested_at") if request.has("requested_at") else ""
    if is_folder(key):
        return None
    if not request.has("model_version"):
        return UploadChanged(bucket, key)
    return UploadChanged(bucket, key, _name(request, "model_version"), requested_at)


def _name(section: Section, field: str) -> str:
    """Read a name that S3 could have: JSON can write half of a surrogate pair, UTF-8 cannot."""
    name = section.text(field)
    if not name or name != name.encode("utf-8", "replace").decode():
        section.fail(field, "got no text that S3 takes as a name, expected UTF-8 characters")
    return name


def _moment(section: Section, field: str) -> str:
    """Read a time of any zone, and write it so that texts are in the order of times."""
    try:
        moment = datetime.fromisoformat(section.text(field))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        pass
    section.fail(field, "expected a time with its zone such as 2026-01-31T12:00:00.000000Z")


def is_folder(key: str) -> bool:
    """Tell whether a key stands for a "folder", as the S3 console makes them: no upload."""
    return key.endswith("/")
