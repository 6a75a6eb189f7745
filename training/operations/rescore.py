"""Uploads without a matching report: found by asking what a delivery asks, and told of again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from score.delivery import Gap, standing
from score.events import is_folder
from score.objects import Bucket
from segmentation.errors import TransientError
from segmentation_aws.errors import translated
from training.operations.parallel import in_parallel
from training.operations.queues import BATCH, asking

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload as the bucket lists it.

    Parameters
    ----------
    key
        Its name.
    size
        Bytes.
    changed_at
        When it was dropped.
    """

    key: str
    size: int
    changed_at: datetime


def uploads_under(s3: S3Client, bucket: str, prefix: str) -> Iterator[Upload]:
    """List the uploads whose keys begin with a prefix, a page at a time.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    with translated(f"list s3://{bucket}/{prefix}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                if not is_folder(item["Key"]):
                    yield Upload(item["Key"], item["Size"], item["LastModified"])


def checked(
    listed: Iterator[Upload], uploads: Bucket, results: Bucket
) -> Iterator[tuple[Upload, Gap | None]]:
    """Tell of each upload why its outputs are not what they should be; None where they are.

    An upload that was deleted since it was listed has no gap.

    Raises
    ------
    TransientError
        A store did not answer, or refused.
    """
    return in_parallel(lambda one: (one, standing(one.key, uploads, results).gap), listed)


def notification(bucket: str, key: str) -> str:
    """Write the message that makes the score function look at an upload.

    It is a plain event: the upload is scored only if its outputs are not right yet. The layout is
    that of S3's notifications, under a source of its own.
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)

    Examples
    --------
    >>> notification("uploads", "red flower.csv")
    '{"Records": [{"eventSource": "segment:rescore", "s3": {"bucket": {"name": "uploads"}, \
"object": {"key": "red+flower.csv"}}}]}'
    """
    place = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}
    return json.dumps({"Records": [{"eventSource": "segment:rescore", "s3": place}]})


def send(sqs: SQSClient, queue_url: str, bucket: str, keys: Sequence[str]) -> Iterator[int]:
    """Tell the score function of uploads; give after each batch how many it was told of.

    Raises
    ------
    TransientError
        The queue did not take all of them; sending all of them again does no harm.
    """
    for begin in range(0, len(keys), BATCH):
        batch = keys[begin : begin + BATCH]
        with asking(queue_url, "send to"):
            answer = sqs.send_message_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(place), "MessageBody": notification(bucket, key)}
                    for place, key in enumerate(batch)
                ],
            )
        if failed := answer.get("Failed"):
            raise TransientError(
                f"send to {queue_url}: {failed[0].get('Code')}, {len(failed)} of a batch not taken "
                f"after {begin:,} of {len(keys):,} messages"
            )
        yield begin + len(batch)
