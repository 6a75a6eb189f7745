"""The uploads that stand in the bucket, and whether their outputs are what they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.pipeline import in_order
from operations import REQUESTS_AT_ONCE
from score.delivery import Mismatch, standing
from score.events import is_folder
from score.objects import Bucket
from segmentation_aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


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


def uploads_under(
    s3: S3Client, bucket: str, prefix: str, since: datetime | None = None
) -> Iterator[Upload]:
    """List the uploads whose keys begin with a prefix, a page at a time.

    Parameters
    ----------
    s3, bucket, prefix
        Where to look.
    since
        Only those dropped then or later.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    with translated(f"list s3://{bucket}/{prefix}"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                dropped = item["LastModified"]
                if not is_folder(item["Key"]) and (since is None or dropped >= since):
                    yield Upload(item["Key"], item["Size"], dropped)


def checked(
    listed: Iterator[Upload], uploads: Bucket, results: Bucket, model_version: str | None = None
) -> Iterator[tuple[Upload, Mismatch | None]]:
    """Tell of each upload why its outputs are not what they should be; None where they are.

    An upload that was deleted since it was listed has no mismatch.

    Parameters
    ----------
    listed
        The uploads.
    uploads, results
        The two buckets.
    model_version
        What should have scored; without it, whatever version did is right.

    Raises
    ------
    TransientError
        A store did not answer, or refused.
    """

    def look(one: Upload) -> tuple[Upload, Mismatch | None]:
        return one, standing(one.key, uploads, results, model_version=model_version).mismatch

    return in_order(look, listed, REQUESTS_AT_ONCE)
