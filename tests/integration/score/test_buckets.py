"""What every bucket promises delivery: the one in memory, and S3 as moto has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from score.objects import Bucket, ObjectState
from score.s3 import S3Bucket, _crc32_of_all
from segmentation.errors import StoreConflict, TransientError
from tests.support.memory_bucket import MemoryBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

PART = 5 << 20
KEYS = (
    "customers.csv",
    "autumn sale/Z\u00fcrich 100%+new.csv",
    "a//b/../c.csv",
    "%2F+%20.csv",
    "\U0001f600?x=1&y#z;,@:!'()*.csv",
    "x" * 1_000,
)


@pytest.fixture(params=["memory", "s3"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    if request.param == "memory":
        return MemoryBucket("results", part_bytes=PART)
    return S3Bucket(request.getfixturevalue("s3"), "results", PART)


def write(bucket: Bucket, key: str, data: bytes, expected: str | None = None) -> ObjectState:
    with bucket.writer(key, expected) as writer:
        writer.write(data)
        return writer.commit()


def read(bucket: Bucket, key: str, state: ObjectState, size: int = 1_000_000) -> bytes:
    source = bucket.read(key, state)
    return b"".join(iter(lambda: source.read(size), b""))


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_what_was_written_is_read_under_any_key(bucket: Bucket, key: str) -> None:
    state = write(bucket, key, b"some bytes")

    assert bucket.head(key) == state
    assert bucket.get(key) == (b"some bytes", state)
    assert read(bucket, key, state, size=3) == b"some bytes"


def test_nothing_stands_where_nothing_was_written(bucket: Bucket) -> None:
    assert bucket.head("no such key") is None
    assert bucket.get("no such key") is None


def test_an_object_is_invisible_before_its_commit(bucket: Bucket) -> None:
    with bucket.writer("a", None) as writer:
        writer.write(b"x" * (PART + 1))
        assert bucket.head("a") is None
        writer.commit()

    assert bucket.head("a") is not None


def test_nothing_stays_without_a_commit(bucket: Bucket) -> None:
    for size in (1, 2 * PART + 1):
        with pytest.raises(OSError, match="out of luck"), bucket.writer("a", None) as writer:
            writer.write(b"x" * size)
            raise OSError("out of luck")

    assert bucket.head("a") is None


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 5])
def test_objects_of_any_size_are_written_and_read_whole(bucket: Bucket, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    data = data[:size]

    with bucket.writer("a", None) as writer:
        for begin in range(0, size, 1_500_000):
            writer.write(data[begin : begin + 1_500_000])
        state = writer.commit()

    assert state.size == size
    assert bucket.head("a") == state
    assert read(bucket, "a", state) == data


def test_a_source_gives_exactly_what_was_asked_for(bucket: Bucket) -> None:
    state = write(bucket, "a", bytes(range(100)))
    source = bucket.read("a", state)

    sizes = [len(source.read(size)) for size in (1, 0, 60, 60, 1)]

    assert sizes == [1, 0, 60, 39, 0]


@pytest.mark.parametrize("size", [10, PART + 10])
def test_none_expects_that_nothing_is_there(bucket: Bucket, size: int) -> None:
    first = write(bucket, "a", b"first")

    with pytest.raises(StoreConflict):
        write(bucket, "a", b"x" * size)

    assert bucket.head("a") == first


def test_an_etag_expects_that_very_object(bucket: Bucket) -> None:
    first = write(bucket, "a", b"first")
    second = write(bucket, "a", b"second", expected=first.etag)

    with pytest.raises(StoreConflict):
        write(bucket, "a", b"third", expected=first.etag)
    with pytest.raises(StoreConflict):
        write(bucket, "nothing there", b"third", expected=first.etag)

    assert bucket.get("a") == (b"second", second)
    assert bucket.head("nothing there") is None


def test_every_write_is_a_version_of_its_own(bucket: Bucket) -> None:
    first = write(bucket, "a", b"same bytes")
    second = write(bucket, "a", b"same bytes", expected=first.etag)

    assert second.etag == first.etag
    assert None is not second.version_id != first.version_id is not None


def test_a_read_of_an_object_that_is_another_by_now_is_a_conflict(bucket: Bucket) -> None:
    first = write(bucket, "a", b"first")
    write(bucket, "a", b"second", expected=first.etag)

    with pytest.raises(StoreConflict):
        read(bucket, "a", first)


def test_a_read_of_an_object_that_is_gone_is_a_conflict(bucket: Bucket) -> None:
    with pytest.raises(StoreConflict):
        read(bucket, "a", ObjectState('"0"', None, 10))


@pytest.mark.usefixtures("s3")
def test_a_failed_write_leaves_no_multipart_upload_behind(s3: S3Client) -> None:
    bucket = S3Bucket(s3, "results", PART)
    write(bucket, "a", b"first")

    with pytest.raises(StoreConflict):
        write(bucket, "a", b"x" * (2 * PART + 1))
    with pytest.raises(KeyboardInterrupt), bucket.writer("b", None) as writer:
        writer.write(b"x" * (2 * PART + 1))
        raise KeyboardInterrupt

    assert "Uploads" not in s3.list_multipart_uploads(Bucket="results")


def test_bytes_that_were_damaged_on_their_way_are_found_out_at_the_end(s3: S3Client) -> None:
    s3.put_object(Bucket="results", Key="a", Body=b"123456789", ChecksumAlgorithm="CRC32")
    bucket = S3Bucket(s3, "results", part_bytes=4)
    state = bucket.head("a")
    assert state is not None
    assert state.crc32 == "y/Q5Jg=="  # 0xCBF43926, the check value of CRC-32 for these nine digits
    assert read(bucket, "a", state, size=5) == b"123456789"

    source = bucket.read("a", replace(state, crc32="AAAAAA=="))
    assert source.read(8) == b"12345678"
    with pytest.raises(TransientError, match=r"got CRC32 y/Q5Jg==, expected AAAAAA=="):
        source.read(8)


def test_a_checksum_of_the_checksums_of_parts_is_not_taken_for_one_of_the_bytes() -> None:
    whole, in_parts = {"ETag": '"25f9e794"'}, {"ETag": '"9e4a1c0b-2"'}
    assert _crc32_of_all(whole) is None
    assert _crc32_of_all(whole | {"ChecksumCRC32": "y/Q5Jg=="}) == "y/Q5Jg=="
    assert _crc32_of_all(in_parts | {"ChecksumCRC32": "y/Q5Jg==-2"}) is None
    assert _crc32_of_all(in_parts | {"ChecksumCRC32": "y/Q5Jg=="}) is None, "as moto says it"
    full = {"ChecksumCRC32": "y/Q5Jg==", "ChecksumType": "FULL_OBJECT"}
    assert _crc32_of_all(in_parts | full) == "y/Q5Jg=="


def test_an_upload_that_came_in_parts_is_read_whole(s3: S3Client) -> None:
    data = bytes(range(256)) * 24_000
    begun = s3.create_multipart_upload(Bucket="results", Key="a", ChecksumAlgorithm="CRC32")
    upload = begun["UploadId"]
    halves = (data[: 5 << 20], data[5 << 20 :])
    parts = [
        s3.upload_part(
            Bucket="results",
            Key="a",
            UploadId=upload,
            PartNumber=number,
            Body=half,
            ChecksumAlgorithm="CRC32",
        )
        for number, half in enumerate(halves, 1)
    ]
    told: list[CompletedPartTypeDef] = [
        {"ETag": one["ETag"], "PartNumber": number} for number, one in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(
        Bucket="results", Key="a", UploadId=upload, MultipartUpload={"Parts": told}
    )
    bucket = S3Bucket(s3, "results")
    state = bucket.head("a")
    assert state is not None

    assert bucket.read("a", state).read(len(data)) == data
