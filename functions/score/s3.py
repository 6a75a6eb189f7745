"""A bucket in S3: ranged reads pinned to an ETag, multipart writes that commit conditionally.

Conditions are If-Match and If-None-Match on GetObject, PutObject and CompleteMultipartUpload
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html). Reading and
writing overlap with the work between them.
"""

from __future__ import annotations

import base64
import contextlib
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import ClientError

from engine.text import ByteSource
from score.objects import ObjectState
from segmentation.errors import StoreConflict, TransientError
from segmentation_aws.errors import ABSENT, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 8 << 20
"""Size of ranged reads and of multipart parts (S3 wants at least 5 MiB)."""

PARTS_PER_SIZE = 1_000
"""After so many parts their size doubles: S3 takes 10,000 parts and 5 TiB."""

IN_FLIGHT = 2
"""Requests of one object that run at the same time as the work on it."""


class S3Bucket:
    """A bucket in S3.

    Parameters
    ----------
    client
        A boto3 S3 client; used from several threads, which boto3 allows for clients.
    name
        The bucket.
    part_bytes
        Size of ranged reads and of multipart parts.
    """

    def __init__(self, client: S3Client, name: str, part_bytes: int = PART_BYTES) -> None:
        self._client = client
        self.name = name
        self._part_bytes = part_bytes

    def head(self, key: str) -> ObjectState | None:
        """Tell which object stands under a key."""
        with translated(f"head s3://{self.name}"):
            try:
                answer = self._client.head_object(Bucket=self.name, Key=key, ChecksumMode="ENABLED")
            except ClientError as exc:
                if code_of(exc) in ABSENT:
                    return None
                raise
            return ObjectState(
                answer["ETag"],
                answer.get("VersionId"),
                answer["ContentLength"],
                _crc32_of_all(answer),
            )

    def get(self, key: str) -> tuple[bytes, ObjectState] | None:
        """Give a small object whole."""
        with translated(f"get s3://{self.name}"):
            try:
                answer = self._client.get_object(Bucket=self.name, Key=key)
            except ClientError as exc:
                if code_of(exc) in ABSENT:
                    return None
                raise
            data = answer["Body"].read()
            return data, ObjectState(answer["ETag"], answer.get("VersionId"), len(data))

    def read(self, key: str, state: ObjectState) -> ByteSource:
        """Read exactly this object."""
        return S3Source(self._client, self.name, key, state, self._part_bytes)

    def writer(self, key: str, expected: str | None) -> S3Writer:
        """Write an object in place of the one with this ETag, or of none."""
        return S3Writer(self._client, self.name, key, expected, self._part_bytes)


def _crc32_of_all(answer: Mapping[str, Any]) -> str | None:
    """Leave out what S3 has of many multipart uploads: a checksum of checksums, "…-3".

    moto leaves the number away; the ETag of an upload in parts has it there too.
    """
    checksum: str | None = answer.get("ChecksumCRC32")
    in_parts = "-" in answer["ETag"] and answer.get("ChecksumType") != "FULL_OBJECT"
    return None if checksum is None or "-" in checksum or in_parts else checksum


class S3Source:
    """The bytes of one object, fetched in ranges a little ahead of their use.

    S3 gives no checksum of a range, so that of the whole object is computed as it goes by.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    """

    def __init__(
        self, client: S3Client, bucket: str, key: str, state: ObjectState, part_bytes: int
    ) -> None:
        fetch = partial(_fetch, client, bucket, key, state.etag, part_bytes)
        self._ranges = _fetched(fetch, range(0, state.size, part_bytes))
        self._piece = memoryview(b"")
        self._state = state
        self._taken = self._crc32 = 0

    def read(self, size: int, /) -> bytes:
        """Give exactly `size` bytes, fewer only at the end.

        Raises
        ------
        StoreConflict
            Another object, or none, stands there by now.
        TransientError
            S3 did not answer, or refused, or the bytes that came are not those that it holds.
        """
        taken: list[memoryview] = []
        missing = size
        while missing > 0:
            if not self._piece:
                self._piece = memoryview(next(self._ranges, b""))
                if not self._piece:
                    break
            taken.append(self._piece[:missing])
            self._piece = self._piece[missing:]
            missing -= len(taken[-1])
        data = b"".join(taken)
        if self._state.crc32 is not None and data:
            self._verify(data, self._state.crc32)
        return data

    def _verify(self, data: bytes, expected: str) -> None:
        self._taken += len(data)
        self._crc32 = zlib.crc32(data, self._crc32)
        if self._taken < self._state.size:
            return
        found = base64.b64encode(self._crc32.to_bytes(4, "big")).decode()
        if found != expected:
            raise TransientError(
                f"the upload was damaged on its way: got CRC32 {found}, expected {expected}"
            )


def _fetched(fetch: Callable[[int], bytes], places: Iterable[int]) -> Iterator[bytes]:
    """Give the ranges that begin at these places; the threads end with the iterator."""
    begins = iter(places)
    with ThreadPoolExecutor(IN_FLIGHT, "s3-read") as pool:
        fetching = deque(pool.submit(fetch, begin) for begin in islice(begins, IN_FLIGHT))
        while fetching:
            piece = fetching.popleft().result()
            begin = next(begins, None)
            if begin is not None:
                fetching.append(pool.submit(fetch, begin))
            yield piece


def _fetch(client: S3Client, bucket: str, key: str, etag: str, size: int, begin: int) -> bytes:
    with translated(f"read s3://{bucket}"):
        try:
            answer = client.get_object(
                Bucket=bucket,
                Key=key,
                Range=f"bytes={begin}-{begin + size - 1}",
                IfMatch=etag,
            )
        except ClientError as exc:
            if code_of(exc) in ABSENT:
                raise StoreConflict("the upload is gone") from exc
            raise
        return answer["Body"].read()


class S3Writer:
    """One conditional write: a single PUT if it is small, else a multipart upload."""

    def __init__(
        self, client: S3Client, bucket: str, key: str, expected: str | None, part_bytes: int
    ) -> None:
        self._client = client
        self._address = {"Bucket": bucket, "Key": key}
        self._what = f"s3://{bucket}"
        self._condition = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected}
        self._part_bytes = part_bytes
        self._held = bytearray()
        self._size = 0
        self._upload_id: str | None = None
        self._parts: list[Future[CompletedPartTypeDef]] = []
        self._pool: ThreadPoolExecutor | None = None

    def write(self, data: bytes, /) -> int:
        """Take bytes; full parts go out while more come in."""
        self._held += data
        self._size += len(data)
        while len(self._held) >= self._next_size():
            size = self._next_size()
            self._send(bytes(self._held[:size]))
            del self._held[:size]
        return len(data)

    def commit(self) -> ObjectState:
        """Let the object appear, whole, if nobody else wrote there."""
        if self._upload_id is None:
            answer: Any = self._call("put", Body=bytes(self._held), **self._condition)
        else:
            if self._held:
                self._send(bytes(self._held))
            parts = [part.result() for part in self._parts]
            answer = self._call(
                "complete",
                UploadId=self._upload_id,
                MultipartUpload={"Parts": parts},
                **self._condition,
            )
            self._upload_id = None
        return ObjectState(answer["ETag"], answer.get("VersionId"), self._size)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abort what was not committed; what cannot be aborted falls to the lifecycle rule."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._upload_id is not None:
            with contextlib.suppress(Exception):
                self._call("abort", UploadId=self._upload_id)

    def _next_size(self) -> int:
        doublings: int = min(len(self._parts) // PARTS_PER_SIZE, 6)
        return self._part_bytes << doublings

    def _send(self, part: bytes) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(IN_FLIGHT, "s3-write")
            self._upload_id = self._call("create")["UploadId"]
        number = len(self._parts) + 1
        if number > IN_FLIGHT:
            self._parts[number - 1 - IN_FLIGHT].result()  # no more bytes in flight than that
        self._parts.append(self._pool.submit(self._upload_part, number, part))

    def _upload_part(self, number: int, part: bytes) -> CompletedPartTypeDef:
        answer = self._call("part", UploadId=self._upload_id, PartNumber=number, Body=part)
        checksums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
        checksums.pop("ChecksumType", None)
        return {"PartNumber": number, "ETag": answer["ETag"], **checksums}  # type: ignore[typeddict-item]

    def _call(self, operation: str, **arguments: Any) -> Any:
        calls = {
            "put": self._client.put_object,
            "create": self._client.create_multipart_upload,
            "part": self._client.upload_part,
            "complete": self._client.complete_multipart_upload,
            "abort": self._client.abort_multipart_upload,
        }
        with translated(f"{operation} {self._what}"):
            try:
                return calls[operation](**self._address, **arguments)  # type: ignore[operator]
            except ClientError as exc:
                # An If-Match on an object that is gone is answered 404: it lost, too.
                if code_of(exc) in ABSENT:
                    raise StoreConflict(f"{operation} {self._what}: the object is gone") from exc
                raise
