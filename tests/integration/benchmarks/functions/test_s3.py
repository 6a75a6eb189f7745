"""The S3 that the measured functions meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from benchmarks.functions.s3 import loopback_s3
from segmentation_aws.store import S3Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with loopback_s3() as server:
        yield boto3.client("s3", endpoint_url=server.url)


def test_the_loopback_s3_keeps_objects_of_any_key(s3: S3Client) -> None:
    store = S3Store(s3, "models", "a b/")
    first = store.put("key", b"1", expected=None)
    second = store.put("key", b"2", expected=first)

    found = store.get("key")
    assert found is not None
    assert (found.data, found.etag) == (b"2", second)
    assert store.get("other") is None


def test_the_loopback_s3_has_ranges_and_multipart_uploads(s3: S3Client) -> None:
    bucket, key = "results", "large"
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    parts: list[CompletedPartTypeDef] = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data
            )["ETag"],
        }
        for number, data in ((1, b"abc"), (2, b"def"))
    ]
    done = s3.complete_multipart_upload(
        Bucket=bucket,
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": parts},
        IfNoneMatch="*",
    )

    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == 6
    part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=2-3", IfMatch=done["ETag"])
    assert (part["Body"].read(), part["ContentRange"]) == (b"cd", "bytes 2-3/6")
