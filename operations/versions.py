"""Deleting versions of objects: those of an erased upload, or all that a bucket holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from operations.errors import OperationRefused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

BATCH = 1_000
"""Versions in one request; S3 takes no more."""

_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What a key may hold and a request to delete several cannot (XML 1.0, section 2.2)."""


def delete_versions(s3: S3Client, bucket: str, versions: Iterable[ObjectIdentifierTypeDef]) -> int:
    """Delete versions and delete markers, each by key and version id.

    Returns
    -------
    deleted
        How many they were.

    Raises
    ------
    OperationRefused
        S3 keeps some: a lock, or a missing permission.
    """
    deleted, left = 0, iter(versions)
    while batch := list(islice(left, BATCH)):
        together = [one for one in batch if not _NOT_IN_XML.search(one["Key"])]
        if together:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": together, "Quiet": True})
            if errors := answer.get("Errors"):
                raise OperationRefused(
                    f"s3://{bucket}: {errors[0].get('Code')}, {len(errors)} versions are still "
                    "there; it can be repeated once that is mended"
                )
        for one in batch:
            if _NOT_IN_XML.search(one["Key"]):
                s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        deleted += len(batch)
    return deleted
