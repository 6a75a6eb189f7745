"""HTTP requests, answered by the package in AWS's emulator."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Request

from infra.lambda_emulator.emulator import Emulator, Function
from infra.lambda_emulator.packages import ROOT
from infra.local import LocalStack
from infra.local.gateway_payload import event_for
from segmentation_aws.store import S3Store
from tests.end_to_end.lambda_runtime.tap import Tap
from tests.support.models import MALL_CUSTOMER, mall_model, registry_of

EVENTS = ROOT / "tests" / "events"
PROBLEM = "application/problem+json"

ANSWERED = {
    "http-predict.json": 200,
    "http-predict-base64.json": 200,
    "http-predict-jwt.json": 200,
    "http-get-segments.json": 200,
    "http-get-model.json": 200,
    "http-get-schema.json": 200,
    "http-get-openapi.json": 200,
    "http-health.json": 200,
    "http-not-json.json": 400,
    "http-not-found.json": 404,
    "http-wrong-content-type.json": 415,
    "http-wrong-fields.json": 422,
}


def request(method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The event of a request as API Gateway makes it."""
    made = Request.from_values(
        path,
        "https://api.example.com",
        method=method,
        content_type="application/json",
        data=b"" if body is None else json.dumps(body).encode(),
        environ_base={"REMOTE_ADDR": "192.0.2.10"},
    )
    return event_for(made, f"{method} {path}", "api")


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def health(function: Emulator) -> dict[str, Any]:
    answer: dict[str, Any] = function.invoke(request("GET", "/health"))
    return answer


def test_a_customer_is_answered_with_segment_and_drivers(predict: Emulator) -> None:
    answer = predict.invoke(request("POST", "/predictions", MALL_CUSTOMER))

    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    body = body_of(answer)
    assert body["id"] == "0042"
    assert body["segment"]["name"] == "High Income - High Spending"
    assert [(one["id"], one["distance"]) for one in body["segments"]] == [
        (1, 134.25**0.5),
        (0, 2225.25**0.5),
        (2, 2541.25**0.5),
    ]
    assert sum(driver["contribution"] for driver in body["drivers"]) == 2225.25 - 134.25


@pytest.mark.parametrize("name", ANSWERED)
def test_every_request_is_answered(predict: Emulator, name: str) -> None:
    answer = json.loads(predict.post((EVENTS / name).read_bytes()))

    assert answer["statusCode"] == ANSWERED[name]
    assert answer["isBase64Encoded"] is False
    body = body_of(answer)
    if ANSWERED[name] >= 400:
        assert answer["headers"]["Content-Type"] == PROBLEM
        assert body["status"] == ANSWERED[name]


def test_every_http_event_there_is_was_tried() -> None:
    assert {path.name for path in EVENTS.glob("http-*.json")} == set(ANSWERED)


def test_the_same_process_answers_and_logs_no_customer(predict: Emulator) -> None:
    customer = MALL_CUSTOMER | {"customer_id": "s3cret", "age": "s3cret"}

    answer = predict.invoke(request("POST", "/predictions", customer))

    assert answer["statusCode"] == 422
    assert predict.starts == 1
    assert "s3cret" not in predict.log
    metrics = [line for line in predict.lines if "_aws" in line]
    assert metrics[-1]["CustomersRejected"] == [1]


@pytest.mark.parametrize("body", [b"[]", b'"hello"', b"null", b'{"hello": "world"}'])
def test_what_no_gateway_sends_is_refused_as_a_bad_request(predict: Emulator, body: bytes) -> None:
    answer = json.loads(predict.post(body))

    assert answer["statusCode"] == 400
    assert answer["headers"]["Content-Type"] == PROBLEM
    assert body_of(answer)["detail"].startswith("event")
    assert health(predict)["statusCode"] == 200


def test_what_is_not_json_is_refused_by_the_runtime(predict: Emulator) -> None:
    answer = json.loads(predict.post(b"age=31"))

    assert answer["errorType"] == "Runtime.UnmarshalError"


def test_a_new_champion_serves_without_a_new_start(
    functions: dict[str, Function], stack: LocalStack, tmp_path: Path
) -> None:
    prefix = "promoted-later"
    store = S3Store(stack.client("s3"), stack.models_bucket, f"{prefix}/")
    registry = registry_of(mall_model(), store=store)
    function = functions["PredictFunction"]
    variables = {
        **function.variables,
        "SEGMENT_REGISTRY": f"s3://{stack.models_bucket}/{prefix}",
        "MODEL_TTL_SECONDS": "0.1",
    }
    with Emulator(replace(function, variables=variables), tmp_path / "emulator") as predict:
        before = body_of(health(predict))["model_version"]
        second = registry.publish(mall_model()).version
        registry.promote(second, by="tests", why="a test needs it")
        time.sleep(0.1)

        assert (before, body_of(health(predict))["model_version"]) == ("v1", second)
        assert predict.starts == 1


def test_without_a_champion_the_answer_says_to_come_back(
    functions: dict[str, Function], stack: LocalStack, tmp_path: Path
) -> None:
    function = functions["PredictFunction"]
    variables = {
        **function.variables,
        "SEGMENT_REGISTRY": f"s3://{stack.models_bucket}/nothing",
    }
    with Emulator(replace(function, variables=variables), tmp_path / "emulator") as predict:
        answer = health(predict)

    assert answer["statusCode"] == 503
    assert answer["headers"] | {"Retry-After": "5", "Content-Type": PROBLEM} == answer["headers"]
    assert body_of(answer)["detail"] == "no model has been promoted yet"


def test_when_s3_hangs_a_cold_start_answers_503_and_a_warm_one_serves_on(
    functions: dict[str, Function], stack: LocalStack, champion: str, tmp_path: Path
) -> None:
    function = functions["PredictFunction"]
    with Tap(stack.endpoint_url) as tap:
        variables = {
            **function.variables,
            "AWS_ENDPOINT_URL": tap.url,
            "MODEL_TTL_SECONDS": "0",
        }
        with Emulator(replace(function, variables=variables), tmp_path / "emulator") as predict:
            tap.is_open = False
            cold = health(predict)
            tap.is_open = True
            recovered = health(predict)
            tap.is_open = False
            warm = health(predict)

            assert (cold["statusCode"], recovered["statusCode"]) == (503, 200)
            assert body_of(warm)["model_version"] == champion
            assert [line for line in predict.lines if line.get("StaleChampion") == [1]]
            assert predict.starts == 1  # nothing ran into the timeout
