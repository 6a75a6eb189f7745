"""The sample events have the shapes that this template's resources send."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from tests.support.deployment import ROOT, Stack

FOLDER = ROOT / "tests" / "events"
EVENTS = sorted(FOLDER.glob("*.json"))
HTTP = [path for path in EVENTS if path.stem.startswith("http-")]
SQS = [path for path in EVENTS if path.stem.startswith("sqs-")]


def read(name: str | Path) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return event


def body_of(name: str | Path) -> Any:
    (record,) = read(name)["Records"]
    return json.loads(record["body"])


def test_every_event_is_explained() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in EVENTS if f"`{path.name}`" not in readme] == []


@pytest.mark.parametrize("path", SQS, ids=lambda path: path.stem)
def test_a_message_comes_alone_from_the_queue(path: Path, stack: Stack) -> None:
    event = read(path)

    assert len(event["Records"]) == stack["ScoreFunctionUploads"]["BatchSize"] == 1
    (message,) = event["Records"]
    assert message["eventSource"] == "aws:sqs"
    assert message["md5OfBody"] == hashlib.md5(message["body"].encode()).hexdigest()


@pytest.mark.parametrize(
    "bare", ["s3-put.json", "s3-put-awkward-key.json", "s3-test-event.json", "rescore.json"]
)
def test_an_event_is_the_same_alone_and_in_a_message(bare: str) -> None:
    assert body_of(f"sqs-{bare}") == read(bare)


def test_keys_are_form_urlencoded_as_s3_writes_them() -> None:
    (record,) = read("s3-put-awkward-key.json")["Records"]

    assert unquote_plus(record["s3"]["object"]["key"]) == "autumn sale/Zürich 100%+new.csv"


@pytest.mark.parametrize("path", HTTP, ids=lambda path: path.stem)
def test_a_request_comes_by_a_route_of_the_api_in_its_payload_format(
    path: Path, stack: Stack
) -> None:
    event = read(path)
    routes = {r["RouteKey"] for r in stack.of_type("AWS::ApiGatewayV2::Route").values()}
    http = event["requestContext"]["http"]

    assert event["version"] == stack["PredictIntegration"]["PayloadFormatVersion"]
    assert event["requestContext"]["stage"] == stack["ApiStage"]["StageName"]
    assert event["routeKey"] == event["requestContext"]["routeKey"]
    own_route = f"{http['method']} {http['path']}"
    assert event["routeKey"] == (own_route if own_route in routes else "$default")


def test_together_the_requests_take_every_route(stack: Stack) -> None:
    routes = {r["RouteKey"] for r in stack.of_type("AWS::ApiGatewayV2::Route").values()}

    assert {read(path)["routeKey"] for path in HTTP} == routes


def test_the_base64_body_is_the_same_customer() -> None:
    encoded, plain = read("http-predict-base64.json"), read("http-predict.json")

    assert encoded["isBase64Encoded"] is True
    assert base64.b64decode(encoded["body"]).decode() == plain["body"]
