"""Documents in an S3 bucket, with the conditional writes that the registry rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from segmentation.errors import StoreConflict
from segmentation.store import Stored
from segmentation_aws.errors import ABSENT, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Store:
    """Objects below a prefix of a bucket.

    Parameters
    ----------
    client
        A boto3 S3 client.
    bucket, prefix
        Where the objects live; the prefix is empty or ends in ``/``.
    """

    def __init__(self, client: S3Client, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    @property
    def address(self) -> str:
        """The ``s3://`` address."""
        return f"s3://{self._bucket}/{self._prefix}"

    def get(self, key: str) -> Stored | None:
        """Give the object, or None where there is none.

        Raises
        ------
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"get {self.address}{key}"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)
            except ClientError as exc:
                if code_of(exc) in ABSENT:
                    return None
                raise
            return Stored(answer["Body"].read(), answer["ETag"])

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        """Write the object if nobody else did.

        The AWS SDK repeats a PUT whose answer was lost and then meets its own write, so a lost
        condition is a success where equal bytes are found.

        Raises
        ------
        StoreConflict
            There is another object.
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"put {self.address}{key}"):
            try:
                answer = (
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=self._prefix + key,
                        Body=data,
                        IfNoneMatch="*",
                    )
                    if expected is None
                    else self._client.put_object(
                        Bucket=self._bucket,
                        Key=self._prefix + key,
                        Body=data,
                        IfMatch=expected,
                    )
                )
            except ClientError as exc:
                found = self.get(key) if code_of(exc) in {"PreconditionFailed", "412"} else None
                if found is None or found.data != data:
                    if code_of(exc) in ABSENT:
                        raise StoreConflict(f"{key}: the object is gone") from exc
                    raise
                return found.etag
            return answer["ETag"]

    def list(self, prefix: str) -> list[str]:
        """Give the keys that begin with the prefix, in lexical order.

        Raises
        ------
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"list {self.address}{prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            return [
                item["Key"].removeprefix(self._prefix)
                for page in pages
                for item in page.get("Contents", [])
            ]
