"""Turn moto's S3 notifications into those that AWS sends.

moto (5.2) writes ``/`` in keys as ``%2F``, gives neither ``sequencer`` nor ``versionId``, leaves
out who did it, and tells a completed multipart upload twice, the first time as a ``Put``.
Source: Amazon S3 user guide, "Event message structure".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws_server import ACCOUNT_ID

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PRINCIPAL = {"principalId": f"AWS:{ACCOUNT_ID}:local"}


def as_aws_sends_it(body: str, sent_timestamp_ms: str, s3: S3Client) -> str | None:
    """The message body that AWS would have put into the queue.

    Parameters
    ----------
    body : str
        The body that moto put there.
    sent_timestamp_ms : str
        The message's ``SentTimestamp``: the same at every delivery, so the sequencer is too.
    s3 : S3Client
        To look the version id up.

    Returns
    -------
    str or None
        None when AWS would have sent no message. A body that is no S3 notification, such as
        ``s3:TestEvent`` or one that somebody sent by hand, comes back as it is.
    """
    records = _records(body)
    if records is None:
        return body
    if all(_is_second_telling(record) for record in records):
        return None
    for number, record in enumerate(records):
        sequence = int(sent_timestamp_ms) * 256 + number
        _complete(record, f"00{sequence:016X}", s3)
    return json.dumps({"Records": records})


def _records(body: str) -> list[dict[str, Any]] | None:
    try:
        records: list[dict[str, Any]] = json.loads(body)["Records"]
        from_moto = [record for record in records if _is_from_moto(record)]
    except (ValueError, TypeError, KeyError):
        return None
    return records if records and from_moto == records else None


def _is_from_moto(record: Mapping[str, Any]) -> bool:
    names = record["eventName"], record["eventTime"], record["s3"]["bucket"]["name"]
    entry = record["s3"]["object"]["key"], record["s3"]["object"]["eTag"]
    return all((*names, *entry)) and "userIdentity" not in record


def _is_second_telling(record: Mapping[str, Any]) -> bool:
    # Only the ETag of a multipart upload has a hyphen: the number of its parts follows it.
    return record["eventName"] == "ObjectCreated:Put" and "-" in record["s3"]["object"]["eTag"]


def _complete(record: dict[str, Any], sequencer: str, s3: S3Client) -> None:
    bucket, entry = record["s3"]["bucket"], record["s3"]["object"]
    key = unquote_plus(entry["key"])
    entry["key"] = quote_plus(key, safe="/")
    entry["sequencer"] = sequencer
    if version := _version_id(s3, bucket["name"], key, entry["eTag"], record["eventTime"]):
        entry["versionId"] = version
    bucket["ownerIdentity"] = {"principalId": ACCOUNT_ID}
    record["userIdentity"] = _PRINCIPAL
    record["requestParameters"] = {"sourceIPAddress": "127.0.0.1"}
    record["responseElements"] = {"x-amz-request-id": sequencer, "x-amz-id-2": sequencer}


def _version_id(s3: S3Client, bucket: str, key: str, etag: str, time: str) -> str | None:
    """The version of those bytes that was written nearest to the event."""
    when = datetime.fromisoformat(time)
    try:
        listed = s3.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    except (ClientError, BotoCoreError):
        return None  # moto cannot list keys with characters that XML does not know
    same = [v for v in listed if v.get("Key") == key and v.get("ETag", "").strip('"') == etag]
    same.sort(key=lambda version: abs(version["LastModified"] - when))
    version_id = same[0]["VersionId"] if same else "null"
    return None if version_id == "null" else version_id
