"""The predict function over a registry in S3, as moto has it."""

from __future__ import annotations

import functools
import json
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from predict import champion as serving
from segmentation.registry import CHAMPION_KEY, Registry, model_key
from segmentation_aws.observability import logger
from segmentation_aws.store import S3Store
from tests.support.api import CurrentStdout, call, predict
from tests.support.models import MALL_CUSTOMER, mall_model, registry_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "models"


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3")
        location: Any = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        yield client


@pytest.fixture
def registry(s3: S3Client) -> Registry:
    return registry_of(mall_model(), mall_model(), champion="v1", store=S3Store(s3, BUCKET))


@pytest.fixture(autouse=True)
def _fresh_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test meets the function as a new sandbox that looks for a champion on each request."""
    monkeypatch.setenv("SEGMENT_REGISTRY", f"s3://{BUCKET}")
    monkeypatch.setenv("MODEL_TTL_SECONDS", "0")
    monkeypatch.setattr(serving, "_cache", functools.cache(serving._cache.__wrapped__))


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(logger.handlers[0], "stream", CurrentStdout())
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def promote(registry: Registry, version: str) -> None:
    registry.promote(version, by="tests", why="a test needs it")


@pytest.mark.usefixtures("registry")
def test_a_customer_is_answered_by_the_champion() -> None:
    reply = predict(MALL_CUSTOMER)
    assert reply.status == 200
    assert (reply.json["segment"]["id"], reply.json["model_version"]) == (1, "v1")


def test_a_registry_may_lie_below_a_prefix(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    registry_of(mall_model(), store=S3Store(s3, BUCKET, "team/a/"))
    monkeypatch.setenv("SEGMENT_REGISTRY", f"s3://{BUCKET}/team/a")
    assert call("GET", "/health").json["model_version"] == "v1"


def test_a_promotion_and_a_rollback_are_picked_up_without_a_deploy(registry: Registry) -> None:
    assert predict(MALL_CUSTOMER).json["model_version"] == "v1"
    promote(registry, "v2")
    assert predict(MALL_CUSTOMER).json["model_version"] == "v2"
    registry.rollback(by="tests", why="a test needs it")
    assert predict(MALL_CUSTOMER).json["model_version"] == "v1"


def test_within_its_time_a_champion_costs_no_call_of_s3(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_TTL_SECONDS", "60")
    assert predict(MALL_CUSTOMER).json["model_version"] == "v1"
    promote(registry, "v2")
    with monkeypatch.context() as patch:
        patch.setattr(S3Store, "get", lambda *_: pytest.fail("S3 was called"))
        assert predict(MALL_CUSTOMER).json["model_version"] == "v1"


@pytest.mark.usefixtures("s3")
def test_before_the_first_promotion_the_answer_is_503_and_afterwards_200(s3: S3Client) -> None:
    assert predict(MALL_CUSTOMER).status == 503
    assert call("GET", "/health").status == 503
    registry_of(mall_model(), store=S3Store(s3, BUCKET))
    assert predict(MALL_CUSTOMER).status == 200
    assert call("GET", "/health").status == 200


@pytest.mark.parametrize("lost", ["the bucket", "the alias", "the model"])
def test_a_registry_that_cannot_be_read_is_503_without_its_address(
    lost: str, registry: Registry, s3: S3Client, printed: Any
) -> None:
    for key in {
        "the bucket": (CHAMPION_KEY, model_key("v1"), model_key("v2")),
        "the alias": (CHAMPION_KEY,),
        "the model": (model_key("v1"),),
    }[lost]:
        s3.delete_object(Bucket=BUCKET, Key=key)
    if lost == "the bucket":
        s3.delete_bucket(Bucket=BUCKET)
    reply = predict(MALL_CUSTOMER)
    assert reply.status == 503
    assert BUCKET not in reply.text
    line, metric = printed()
    assert (line["level"], line["message"]) == ("ERROR", "no champion to serve")
    assert BUCKET in line["reason"]
    assert metric["ChampionUnavailable"] == [1.0]


def test_the_last_champion_serves_on_when_s3_fails_and_a_metric_says_so(
    registry: Registry, s3: S3Client, printed: Any
) -> None:
    before = predict(MALL_CUSTOMER)
    s3.put_object(Bucket=BUCKET, Key=CHAMPION_KEY, Body=b"damaged")
    printed()
    after = predict(MALL_CUSTOMER)
    assert (after.status, after.text) == (200, before.text)
    line, metric = printed()
    assert (line["level"], line["message"]) == (
        "WARNING",
        "champion not looked up, the last one serves on",
    )
    assert line["reason"].startswith(f"{CHAMPION_KEY}: not JSON")
    assert (metric["StaleChampion"], metric["Predictions"]) == ([1.0], [1.0])
    assert call("GET", "/health").status == 200


def test_a_slow_s3_holds_a_warm_request_for_half_a_second_and_is_then_asked_no_more(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, printed: Any
) -> None:
    monkeypatch.setenv("MODEL_TTL_SECONDS", "1")
    before = predict(MALL_CUSTOMER)
    promote(registry, "v2")
    time.sleep(1)
    printed()
    read, asked, released = S3Store.get, [], threading.Event()

    def hang(store: S3Store, key: str) -> Any:
        asked.append(key)
        released.wait()
        return read(store, key)

    with monkeypatch.context() as patch:
        patch.setattr(S3Store, "get", hang)
        times = [time.monotonic()]
        for _ in range(3):
            reply = predict(MALL_CUSTOMER)
            assert (reply.status, reply.text) == (200, before.text)
            times.append(time.monotonic())
        released.set()
    first, *others = (end - begin for begin, end in pairwise(times))
    assert 0.5 <= first < 1
    assert max(others) < 0.4
    assert asked == [CHAMPION_KEY]
    line, *metrics = printed()
    assert line["reason"].endswith(f"{CHAMPION_KEY}: no answer within 0.5 seconds")
    assert [one["StaleChampion"] for one in metrics if "StaleChampion" in one] == [[1.0]]
    time.sleep(1)
    assert predict(MALL_CUSTOMER).json["model_version"] == "v2"


class TestAHangingS3:
    """A server that accepts connections and never says a word."""

    @pytest.fixture(autouse=True)
    def _silence(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
            yield

    def test_is_waited_for_a_few_seconds_at_most(self, printed: Any) -> None:
        started = time.monotonic()
        reply = predict(MALL_CUSTOMER)
        assert reply.status == 503
        assert 1 < time.monotonic() - started < 5
        assert printed()[0]["reason"].endswith(": ReadTimeoutError")
