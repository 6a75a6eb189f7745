"""What the API says of itself is valid, and every answer is what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from predict import champion as serving
from predict import openapi
from predict.problems import TABLE
from segmentation import answers
from segmentation.model import Model
from segmentation.store import FolderStore
from tests.support.api import Reply, call, invoke, predict
from tests.support.deployment import Stack
from tests.support.models import (
    MALL_CUSTOMER,
    SHOPPER,
    mall_model,
    registry_of,
    shopper_model,
)

EVENTS = Path(__file__).parents[1] / "events"
READ = ("/segments", "/model", "/schema", "/openapi.json", "/health")
CUSTOMERS = {"mall_customers": MALL_CUSTOMER, "shoppers": SHOPPER}


@pytest.fixture(params=[mall_model, shopper_model], ids=["mall", "shoppers"])
def model(request: pytest.FixtureRequest) -> Model:
    made: Model = request.param()
    return made


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGMENT_REGISTRY", str(tmp_path))
    monkeypatch.setattr(serving, "_cache", serving._cache.__wrapped__)
    return tmp_path


@pytest.fixture
def document(model: Model, registry: Path) -> dict[str, Any]:
    registry_of(model, store=FolderStore(registry))
    served: dict[str, Any] = call("GET", "/openapi.json").json
    return served


def documented(document: dict[str, Any], method: str, path: str, reply: Reply) -> dict[str, Any]:
    """Give the schema that the document has for an answer of this status and content type."""
    response = document["paths"][path][method.lower()]["responses"][str(reply.status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = response["content"][reply.headers["Content-Type"]]["schema"]
    return schema


def closed(schema: Any) -> Any:
    """Forbid what a schema doesn't name: callers may ignore additions, we have to document them."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        strict["additionalProperties"] = False
    return strict


def check(document: dict[str, Any], method: str, path: str, reply: Reply) -> None:
    schema = documented(document, method, path, reply)
    components = closed(document["components"])
    Draft202012Validator(schema | {"components": components}).validate(reply.json)


def test_the_openapi_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_schema_in_it_is_valid_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_names_the_routes_of_the_template_and_no_others(
    document: dict[str, Any], stack: Stack
) -> None:
    named = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    routes = stack.of_type("AWS::ApiGatewayV2::Route").values()
    assert named == {route["RouteKey"] for route in routes} - {"$default"}


def test_it_names_every_status_that_an_operation_can_have(document: dict[str, Any]) -> None:
    # 404 and 405 are answered where the document names no operation.
    of_post = {str(kind.status) for kind in TABLE.values()} - {"404", "405"} | {"200"}
    gateway = {"401", "403", "429"}
    assert set(document["paths"]["/predictions"]["post"]["responses"]) == of_post | gateway
    for path in READ:
        assert set(document["paths"][path]["get"]["responses"]) == {"200", "500", "503"} | gateway


def test_its_customer_is_the_schema_that_the_api_serves(document: dict[str, Any]) -> None:
    served = call("GET", "/schema").json
    assert document["components"]["schemas"]["Customer"] == served


def test_its_example_can_be_sent(document: dict[str, Any]) -> None:
    (example,) = document["components"]["schemas"]["Customer"]["examples"]
    reply = predict(example)
    assert reply.status == 200
    assert reply.json["warnings"] == []


@pytest.mark.parametrize("path", READ)
def test_what_can_be_read_is_as_documented(document: dict[str, Any], path: str) -> None:
    reply = call("GET", path)
    assert reply.status == 200
    check(document, "GET", path, reply)


def test_predictions_and_their_problems_are_as_documented(
    document: dict[str, Any], model: Model
) -> None:
    customer = CUSTOMERS[model.spec.name]
    numeric = {"mall_customers": "age", "shoppers": "visits"}[model.spec.name]
    replies = {
        200: predict(customer),
        400: predict("{"),
        413: predict("x" * 70_000),
        415: call("POST", "/predictions", customer, "text/plain"),
        422: predict({"colour": "red"}),
    }
    for status, reply in replies.items():
        assert reply.status == status
        check(document, "POST", "/predictions", reply)
    unusual = predict(customer | {numeric: 99})
    assert unusual.json["warnings"]
    check(document, "POST", "/predictions", unusual)


def test_without_a_champion_problems_are_as_documented(
    document: dict[str, Any], registry: Path
) -> None:
    (registry / "aliases" / "champion.json").unlink()
    for method, path in [("POST", "/predictions"), *(("GET", path) for path in READ)]:
        reply = call(method, path, {})
        assert reply.status == 503
        check(document, method, path, reply)


def test_a_fault_of_our_own_is_as_documented(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(answers, "predict")
    reply = predict({})
    assert reply.status == 500
    check(document, "POST", "/predictions", reply)


MALL = mall_model()
MALL_DOCUMENT: dict[str, Any] = json.loads(json.dumps(openapi.document(MALL)))
PREDICTION = Draft202012Validator(
    {
        "$ref": "#/components/schemas/Prediction",
        "components": closed(MALL_DOCUMENT["components"]),
    }
)


@given(
    gender=st.sampled_from(["Female", "m", " 1"]),
    age=st.floats(0, 120),
    income=st.floats(0, 1e100),
    score=st.integers(1, 100) | st.floats(1, 100),
    identifier=st.none() | st.text() | st.integers(-(10**99), 10**99) | st.floats(-1e99, 1e99),
)
def test_any_prediction_is_as_documented(
    gender: str,
    age: float,
    income: float,
    score: float,
    identifier: object,
) -> None:
    customer = {"gender": gender, "age": age, "annual_income": income, "spending_score": score}
    body = json.dumps(customer | {"id": identifier})
    prediction = json.loads(json.dumps(answers.predict(MALL, body), allow_nan=False))
    assert prediction["id"] == identifier
    PREDICTION.validate(prediction)


# ------------------------------------------------------------------------- the sample events

STATUS = {
    "http-predict": 200,
    "http-predict-jwt": 200,
    "http-predict-base64": 200,
    "http-get-segments": 200,
    "http-get-model": 200,
    "http-get-schema": 200,
    "http-get-openapi": 200,
    "http-health": 200,
    "http-not-json": 400,
    "http-not-found": 404,
    "http-wrong-content-type": 415,
    "http-wrong-fields": 422,
}


@pytest.mark.parametrize("path", sorted(EVENTS.glob("http-*.json")), ids=lambda path: path.stem)
def test_every_sample_event_has_its_answer(path: Path, registry: Path) -> None:
    registry_of(mall_model(), store=FolderStore(registry))
    reply = invoke(json.loads(path.read_text(encoding="utf-8")))
    assert reply.status == STATUS[path.stem]
    assert reply.json


def test_the_same_customer_gets_the_same_answer_however_it_was_sent(registry: Path) -> None:
    registry_of(mall_model(), store=FolderStore(registry))
    replies = {
        invoke(json.loads((EVENTS / f"http-{name}.json").read_text(encoding="utf-8"))).text
        for name in ("predict", "predict-jwt", "predict-base64")
    }
    assert len(replies) == 1
