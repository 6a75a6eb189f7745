"""Erasing an upload: it and its outputs are removed in all versions, and do not come back.

The upload goes first, at once and as a whole (a delete marker hides all its versions), so that no
delivery finds it from then on. A delivery that found it before may still write outputs. Where one
could be under way, the outputs are looked at again when none can be any more. The upload's delete
markers, which hold no data, go last: whoever repeats an erasure that broke off sees by them when
it began.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from operations.errors import OperationRefused
from operations.versions import delete_versions
from score.delivery import standing
from score.outputs import Outputs
from score.s3 import S3Bucket
from segmentation_aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_DELIVERY = timedelta(seconds=900 + 60)
"""No function of AWS Lambda runs longer than 900 s; a minute for clocks that differ."""

ROUNDS = 3
"""How often outputs that came back are removed again before that is given up."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a bucket holds under one key.

    Parameters
    ----------
    bucket, key
        Where.
    versions
        Ids of the versions that hold data, in a bucket without versions "null".
    markers
        Ids of delete markers.
    unfinished
        Ids of multipart uploads that were begun.
    size
        Bytes of all versions.
    stands
        Whether an object stands under the key now.
    changed_at
        When the newest version or marker was written; None where there is none.
    """

    bucket: str
    key: str
    versions: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    size: int = 0
    stands: bool = False
    changed_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.versions or self.markers or self.unfinished)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What an upload left in both buckets.

    Parameters
    ----------
    upload
        Its own versions.
    outputs
        Those of its outputs, the report first: no report may name what is gone.
    settled
        Whether no delivery that is under way can still write outputs (see `_is_settled`).
    """

    upload: Held
    outputs: tuple[Held, ...]
    settled: bool

    @property
    def everything(self) -> tuple[Held, ...]:
        """The upload and its outputs."""
        return (self.upload, *self.outputs)

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all."""
        return all(held.empty for held in self.everything)


def footprint(s3: S3Client, uploads: str, results: str, key: str, now: datetime) -> Footprint:
    """Look at what an upload left, without changing it.

    Parameters
    ----------
    s3
        A boto3 S3 client.
    uploads, results
        Names of the buckets.
    key
        The upload.
    now
        The time, with a time zone.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    names = Outputs.of(key)
    upload = held_under(s3, uploads, key)
    outputs = tuple(
        held_under(s3, results, name)
        for name in (names.report, names.scored, names.rejected)
        if name is not None
    )
    times = [held.changed_at for held in (upload, *outputs) if held.changed_at]
    in_order = standing(key, S3Bucket(s3, uploads), S3Bucket(s3, results)).mismatch is None
    return Footprint(upload, outputs, _is_settled(upload, times, in_order, now))


def _is_settled(upload: Held, times: list[datetime], in_order: bool, now: datetime) -> bool:
    """Tell whether no delivery under way can still write outputs once these are removed.

    Where the upload is gone, whoever found it has to have ended by now. Where it stands, whoever
    is at work began after the last change; so it has found the outputs in order, and writes none,
    or (asked to score again with another model) overwrites what it has found, which fails once
    that is removed.
    """
    if upload.stands:
        return in_order and all(now - time > LONGEST_DELIVERY for time in times)
    return upload.changed_at is None or now - upload.changed_at > LONGEST_DELIVERY


def forget(
    s3: S3Client,
    found: Footprint,
    wait_until: Callable[[datetime], None],
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Held]:
    """Remove an upload and its outputs in all versions; can be repeated at any point.

    Parameters
    ----------
    s3
        A boto3 S3 client.
    found
        What was found, and is now removed.
    wait_until
        Called before the last look where a delivery may still be under way, with the time after
        which none is.
    clock
        Tells the time, with a time zone.

    Returns
    -------
    removed
        All that was removed, outputs that came back meanwhile too.

    Raises
    ------
    OperationRefused
        S3 keeps a version (a lock, a missing permission), or somebody dropped the upload anew.
    TransientError
        S3 did not answer, or refused.
    """
    upload, outputs = found.upload, [held for held in found.outputs if not held.empty]
    markers = (*upload.markers, *_hidden(s3, upload))
    gone_at = clock() if upload.stands else upload.changed_at
    _remove(s3, upload, upload.versions)
    _abort(s3, upload)
    _remove_whole(s3, outputs)
    if gone_at and not found.settled:
        wait_until(gone_at + LONGEST_DELIVERY)
    late = _remove_late(s3, found)
    _remove(s3, upload, markers)
    _refuse_new(s3, upload)
    return [upload, *outputs, *late]


def held_under(s3: S3Client, bucket: str, key: str) -> Held:
    """Look at what a bucket holds under a key.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    versions, markers, times = [], [], []
    size, stands = 0, False
    with translated(f"list versions in s3://{bucket}"):
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
        for page in pages:
            listed = page.get("Versions", [])
            marked = page.get("DeleteMarkers", [])
            for version in (one for one in listed if one["Key"] == key):
                versions.append(version["VersionId"])
                times.append(version["LastModified"])
                size += version["Size"]
                stands = stands or version["IsLatest"]
            for marker in (one for one in marked if one["Key"] == key):
                markers.append(marker["VersionId"])
                times.append(marker["LastModified"])
            # Keys come in order, and a prefix is the first of the keys that begin with it.
            if any(one["Key"] != key for one in (*listed, *marked)):
                break
    return Held(
        bucket,
        key,
        tuple(versions),
        tuple(markers),
        tuple(_unfinished(s3, bucket, key)),
        size,
        stands,
        max(times, default=None),
    )


def _unfinished(s3: S3Client, bucket: str, key: str) -> Iterator[str]:
    with translated(f"list multipart uploads in s3://{bucket}"):
        pages = s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket,
            Prefix=key,
            EncodingType="url",  # XML cannot hold every key
        )
        for page in pages:
            for one in page.get("Uploads", []):
                # Some servers say that they encode and do not. With this prefix no other key fits.
                if key in (one["Key"], unquote_plus(one["Key"])):
                    yield one["UploadId"]


def _hidden(s3: S3Client, upload: Held) -> tuple[str, ...]:
    """Let nothing stand under the upload's key; give the delete marker that this took."""
    if not upload.stands:
        return ()
    with translated(f"delete in s3://{upload.bucket}"):
        answer = s3.delete_object(Bucket=upload.bucket, Key=upload.key)
    marker = answer.get("VersionId")  # a bucket without versions has none
    return (marker,) if marker else ()


def _remove_whole(s3: S3Client, holdings: list[Held]) -> None:
    for held in holdings:
        # What is begun first: it could be finished, and then be a version.
        _abort(s3, held)
        _remove(s3, held, (*held.versions, *held.markers))


def _remove(s3: S3Client, held: Held, versions: tuple[str, ...]) -> None:
    with translated(f"delete versions in s3://{held.bucket}"):
        delete_versions(
            s3, held.bucket, ({"Key": held.key, "VersionId": version} for version in versions)
        )


def _abort(s3: S3Client, held: Held) -> None:
    for upload_id in held.unfinished:
        # One that is not there any more was finished or aborted meanwhile.
        with (
            translated(f"abort a multipart upload in s3://{held.bucket}"),
            contextlib.suppress(s3.exceptions.NoSuchUpload),
        ):
            s3.abort_multipart_upload(Bucket=held.bucket, Key=held.key, UploadId=upload_id)


def _remove_late(s3: S3Client, found: Footprint) -> list[Held]:
    """Remove what deliveries wrote that were under way; give it."""
    late: list[Held] = []
    for _ in range(ROUNDS):
        again = [held_under(s3, held.bucket, held.key) for held in found.outputs]
        again = [held for held in again if not held.empty]
        if not again:
            return late
        # An upload that is there again gets outputs with good reason.
        _refuse_new(s3, found.upload)
        _remove_whole(s3, again)
        late += again
    raise OperationRefused(
        f'the outputs of "{found.upload.key}" came back {ROUNDS} times, expected nobody to write '
        "them any more"
    )


def _refuse_new(s3: S3Client, upload: Held) -> None:
    now = held_under(s3, upload.bucket, upload.key)
    if now.versions or now.unfinished:
        raise OperationRefused(
            f'somebody dropped "{upload.key}" again meanwhile: what stood before is removed, the '
            f"new upload is not. Forget it again, or have it scored: segment rescore --missing"
        )
