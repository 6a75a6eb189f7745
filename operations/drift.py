"""What past reports say of drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from engine.pipeline import in_order
from operations import REQUESTS_AT_ONCE
from segmentation_aws.errors import ABSENT, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPORTS = "reports/"
DRIFTED = frozenset({"moderate", "large"})
SEGMENTS = "segments"
"""Under this name the index of the segment shares stands beside those of the features."""


@dataclass(frozen=True, slots=True)
class Index:
    """A population stability index and its band, as a report has them."""

    psi: float | None
    band: str

    @property
    def has_drifted(self) -> bool:
        """Whether it is above what counts as none, on rows enough to tell."""
        return self.band in DRIFTED


@dataclass(frozen=True, slots=True)
class Drift:
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
        By feature, and `SEGMENTS` last.
    """

    upload: str
    reported_at: datetime
    rows: int
    model_version: str
    indices: Mapping[str, Index]

    @property
    def strongest(self) -> tuple[str, Index]:
        """Give the name and the index of what moved most, where rows are enough to tell."""
        told = {name: one for name, one in self.indices.items() if one.band != "too few rows"}
        every = told or self.indices
        name = max(every, key=lambda one: every[one].psi or 0.0)
        return name, every[name]


def past_drift(
    s3: S3Client, results: str, prefix: str, since: datetime | None = None
) -> Iterator[Drift | None]:
    """Read the reports of uploads whose keys begin with a prefix, in the order of the keys.

    Parameters
    ----------
    s3, results, prefix
        Where to look.
    since
        Only reports written then or later.

    Yields
    ------
    Drift or None
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

    def read(one: tuple[str, datetime]) -> Drift | None:
        key, written = one
        with translated(f"read s3://{results}/{key}"):
            try:
                data = s3.get_object(Bucket=results, Key=key)["Body"].read()
            except s3.exceptions.ClientError as exc:
                if code_of(exc) in ABSENT:
                    return None  # forgotten since it was listed
                raise
        return _drift(data, written)

    with translated(f"list s3://{results}/{REPORTS}{prefix}"):
        yield from in_order(read, listed(), REQUESTS_AT_ONCE)


def _drift(data: bytes, written: datetime) -> Drift | None:
    try:
        report: Any = json.loads(data)
        found = report["drift"]
        if found is None or not report["rows"]["scored"]:
            return None
        indices = {**found["features"], SEGMENTS: found["segments"]}
        return Drift(
            str(report["source"]["key"]),
            written,
            int(report["rows"]["scored"]),
            str(report["model_version"]),
            {name: Index(one["psi"], one["band"]) for name, one in indices.items()},
        )
    except (ValueError, TypeError, KeyError):
        return None  # not one of ours
