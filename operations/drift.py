"""What past reports say of drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from engine.pipeline import in_order
from operations import REQUESTS_AT_ONCE
from score.s3 import S3Bucket
from segmentation.drift import Band, Index
from segmentation.report import readable
from segmentation_aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPORTS = "reports/"


@dataclass(frozen=True, slots=True)
class UploadDrift:
    """What one report says.

    Parameters
    ----------
    upload
        The upload's key.
    reported_at
        When the report was written.
    rows
        Customers that were scored.
    model_version
        Whose training customers they are compared with.
    indices
        By feature, and that of the segment shares last.
    """

    upload: str
    reported_at: datetime
    rows: int
    model_version: str
    indices: Mapping[str, Index]

    @property
    def strongest(self) -> tuple[str, Index]:
        """The name and the index of what moved most, where rows are enough to tell."""
        told = {name: one for name, one in self.indices.items() if one.band is not Band.UNTOLD}
        return max((told or self.indices).items(), key=lambda one: one[1].psi or 0.0)


def past_drift(
    s3: S3Client, results: str, prefix: str, since: datetime | None = None
) -> Iterator[UploadDrift | None]:
    """Read the reports of uploads whose keys begin with a prefix, in the order of the keys.

    Parameters
    ----------
    s3, results, prefix
        Where to look.
    since
        Only reports written then or later.

    Yields
    ------
    UploadDrift or None
        None for a report without: the upload was refused, or had no customer to score.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """

    def listed() -> Iterator[tuple[str, datetime]]:
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=results, Prefix=f"{REPORTS}{prefix}"
        )
        for page in pages:
            for item in page.get("Contents", []):
                if since is None or item["LastModified"] >= since:
                    yield item["Key"], item["LastModified"]

    def read(one: tuple[str, datetime]) -> UploadDrift | None:
        key, written = one
        found = S3Bucket(s3, results).get(key)
        return _drift(found[0], written) if found else None  # forgotten since it was listed

    with translated(f"list s3://{results}/{REPORTS}{prefix}"):
        yield from in_order(read, listed(), REQUESTS_AT_ONCE)


def _drift(data: bytes, written: datetime) -> UploadDrift | None:
    report = readable(data)
    if report is None or report.commit is None or report.drift is None or not report.rows.scored:
        return None
    return UploadDrift(
        report.commit.source.key,
        written,
        report.rows.scored,
        report.model_version,
        report.drift.indices,
    )
