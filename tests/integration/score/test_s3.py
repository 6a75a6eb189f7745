"""S3 as the score function uses it: pinned ranges, parts, and failures on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from score.s3 import S3Bucket
from segmentation.errors import StoreConflict, TransientError
from tests.integration.score.conftest import client_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART = 5 << 20


def put(s3: S3Client, key: str, data: bytes, bucket: str = "uploads") -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=data)


def watch(s3: S3Client, operation: str) -> list[dict[str, str]]:
    """Collect the headers of every request of an operation."""
    seen: list[dict[str, str]] = []

    def note(request: Any, **_: Any) -> None:
        seen.append({name.lower(): _text(value) for name, value in request.headers.items()})

    s3.meta.events.register(f"before-send.s3.{operation}", note)
    return seen


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def answer(
    s3: S3Client, operation: str, status: int, code: str, *, after: int = 0
) -> Callable[[], int]:
    """Let the server answer an operation with an error, after so many good answers."""
    calls = []
    lock = threading.Lock()

    def respond(request: Any, **_: Any) -> AWSResponse | None:
        with lock:
            calls.append(request.url)
            if len(calls) <= after:
                return None
        body = f"<Error><Code>{code}</Code><Message>as the test wants it</Message></Error>"
        return AWSResponse(request.url, status, HTTPHeaders(), _Raw(body.encode()))

    events: Any = s3.meta.events  # its stubs know no handler that answers in S3's place
    events.register(f"before-send.s3.{operation}", respond)
    return lambda: len(calls)


class _Raw:
    """The body of a response that never came over a network."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self._data


def multipart_uploads(s3: S3Client) -> list[Any]:
    return list(s3.list_multipart_uploads(Bucket="results").get("Uploads", []))


def test_an_upload_is_read_in_ranges_that_are_all_pinned_to_its_etag(s3: S3Client) -> None:
    data = bytes(range(250)) * 10
    put(s3, "a", data)
    bucket = S3Bucket(s3, "uploads", 1_000)
    state = bucket.head("a")
    assert state is not None
    requests = watch(s3, "GetObject")

    assert bucket.read("a", state).read(10_000) == data

    assert [request["range"] for request in sorted(requests, key=lambda one: one["range"])] == [
        "bytes=0-999",
        "bytes=1000-1999",
        "bytes=2000-2999",
    ]
    assert {request["if-match"] for request in requests} == {state.etag}


def test_an_upload_that_is_overwritten_in_the_middle_of_reading_is_never_mixed(
    s3: S3Client,
) -> None:
    put(s3, "a", b"1" * 10_000)
    bucket = S3Bucket(s3, "uploads", 1_000)
    state = bucket.head("a")
    assert state is not None
    source = bucket.read("a", state)
    taken = source.read(1_500)

    put(s3, "a", b"2" * 10_000)

    with pytest.raises(StoreConflict):
        taken += source.read(10_000)
    assert taken == b"1" * 1_500


def test_an_upload_that_is_deleted_in_the_middle_of_reading_is_a_conflict(s3: S3Client) -> None:
    put(s3, "a", b"1" * 10_000)
    bucket = S3Bucket(s3, "uploads", 1_000)
    state = bucket.head("a")
    assert state is not None
    source = bucket.read("a", state)
    source.read(1_500)

    s3.delete_object(Bucket="uploads", Key="a")

    with pytest.raises(StoreConflict):
        source.read(10_000)


def test_an_empty_upload_needs_no_range(s3: S3Client) -> None:
    put(s3, "a", b"")
    bucket = S3Bucket(s3, "uploads")
    state = bucket.head("a")
    assert state is not None
    requests = watch(s3, "GetObject")

    assert bucket.read("a", state).read(100) == b""
    assert requests == []


def test_a_source_that_is_dropped_early_leaves_no_thread(s3: S3Client) -> None:
    put(s3, "a", b"1" * 10_000)
    bucket = S3Bucket(s3, "uploads", 100)
    state = bucket.head("a")
    assert state is not None
    source = bucket.read("a", state)
    source.read(50)

    del source

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("s3-")]


def test_small_objects_are_one_put_and_large_ones_parts(s3: S3Client) -> None:
    puts, parts = watch(s3, "PutObject"), watch(s3, "UploadPart")
    bucket = S3Bucket(s3, "results", PART)
    for key, size in (("small", 100), ("large", 2 * PART + 1)):
        with bucket.writer(key, None) as writer:
            writer.write(b"x" * size)
            writer.commit()

    assert [request["if-none-match"] for request in puts] == ["*"]
    assert [int(request["content-length"]) >= 1 for request in parts] == [True] * 3


def test_parts_carry_a_checksum_and_the_object_keeps_it(s3: S3Client) -> None:
    requests = watch(s3, "UploadPart")
    bucket = S3Bucket(s3, "results", PART)
    with bucket.writer("large", None) as writer:
        writer.write(b"x" * (PART + 1))
        writer.commit()

    for request in requests:
        assert any("checksum" in name for name in request) or "x-amz-trailer" in request


@pytest.mark.parametrize(
    ("operation", "after"),
    [
        ("CreateMultipartUpload", 0),
        ("UploadPart", 0),
        ("UploadPart", 1),
        ("CompleteMultipartUpload", 0),
    ],
)
def test_a_failing_write_is_transient_and_leaves_no_multipart_upload(
    s3: S3Client, endpoint: str, operation: str, after: int
) -> None:
    failing = client_of(endpoint)
    answer(failing, operation, 503, "SlowDown", after=after)
    bucket = S3Bucket(failing, "results", PART)

    with pytest.raises(TransientError, match="SlowDown"), bucket.writer("a", None) as writer:
        for _ in range(4):
            writer.write(b"x" * PART)
        writer.commit()

    assert multipart_uploads(s3) == []
    assert bucket.head("a") is None


def test_a_conditional_completion_that_lost_is_a_conflict(s3: S3Client) -> None:
    bucket = S3Bucket(s3, "results", PART)
    with pytest.raises(StoreConflict), bucket.writer("a", None) as writer:
        writer.write(b"x" * (PART + 1))
        put(s3, "a", b"somebody else's", "results")
        writer.commit()

    assert multipart_uploads(s3) == []
    assert s3.get_object(Bucket="results", Key="a")["Body"].read() == b"somebody else's"


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        ("PutObject", 412, "PreconditionFailed"),
        ("PutObject", 409, "ConditionalRequestConflict"),
        ("PutObject", 404, "NoSuchKey"),
        ("CompleteMultipartUpload", 412, "PreconditionFailed"),
        ("CompleteMultipartUpload", 409, "ConditionalRequestConflict"),
        ("CompleteMultipartUpload", 404, "NoSuchUpload"),
        ("UploadPart", 404, "NoSuchUpload"),
    ],
)
def test_every_answer_that_means_another_object_is_a_conflict(
    s3: S3Client, endpoint: str, operation: str, status: int, code: str
) -> None:
    losing = client_of(endpoint)
    answer(losing, operation, status, code)
    size = 10 if operation == "PutObject" else PART + 1

    with (
        pytest.raises(StoreConflict),
        S3Bucket(losing, "results", PART).writer("a", '"x"') as writer,
    ):
        writer.write(b"x" * size)
        writer.commit()


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (500, "InternalError"), (503, "SlowDown"), (400, "RequestTimeout")],
)
def test_any_other_answer_is_transient(s3: S3Client, endpoint: str, status: int, code: str) -> None:
    put(s3, "a", b"x")
    failing = client_of(endpoint)
    state = S3Bucket(s3, "uploads").head("a")
    assert state is not None
    for operation in ("GetObject", "PutObject"):
        answer(failing, operation, status, code)
    bucket = S3Bucket(failing, "uploads")

    with pytest.raises(TransientError, match=code):
        bucket.read("a", state).read(1)
    with pytest.raises(TransientError, match=code):
        bucket.get("a")
    with pytest.raises(TransientError, match=code), bucket.writer("b", None) as writer:
        writer.commit()


def test_a_network_that_is_gone_is_transient() -> None:
    bucket = S3Bucket(client_of("http://127.0.0.1:1"), "uploads")

    with pytest.raises(TransientError, match="EndpointConnectionError"):
        bucket.head("a")


def test_no_message_holds_a_key(s3: S3Client, endpoint: str) -> None:
    failing = client_of(endpoint)
    answer(failing, "PutObject", 503, "SlowDown")

    with (
        pytest.raises(TransientError) as failed,
        S3Bucket(failing, "results").writer("jane.doe@example.com.csv", None) as writer,
    ):
        writer.commit()

    assert str(failed.value) == "put s3://results: SlowDown"


def test_no_more_parts_are_under_way_than_memory_is_meant_for(s3: S3Client, endpoint: str) -> None:
    slow = client_of(endpoint)
    under_way, most = [0], [0]
    lock = threading.Lock()
    go = threading.Event()

    def begin(**_: Any) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        go.wait(0.05)

    def end(**_: Any) -> None:
        with lock:
            under_way[0] -= 1

    slow.meta.events.register("before-send.s3.UploadPart", begin)
    slow.meta.events.register("after-call.s3.UploadPart", end)
    with S3Bucket(slow, "results", PART).writer("a", None) as writer:
        for _ in range(8):
            writer.write(b"x" * PART)
        writer.commit()

    assert most[0] == 2
    go.set()
