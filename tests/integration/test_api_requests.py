"""Every kind of bad request has its exact answer, counted, and without a trace in the log."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predict import champion as serving
from predict.http import MAXIMUM_BODY
from segmentation import answers
from segmentation.store import FolderStore
from segmentation_aws.observability import logger
from tests.support.api import JSON, PROBLEM_JSON, CurrentStdout, Reply, call, predict
from tests.support.models import MALL_CUSTOMER, mall_model, registry_of


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEGMENT_REGISTRY", str(tmp_path / "registry"))
    monkeypatch.setattr(serving, "_cache", serving._cache.__wrapped__)
    return tmp_path / "registry"


@pytest.fixture(autouse=True)
def _log_to_captured_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger.handlers[0], "stream", CurrentStdout())


@pytest.fixture(autouse=True)
def champion(registry: Path) -> None:
    registry_of(mall_model(), store=FolderStore(registry))


BODY = json.dumps(MALL_CUSTOMER)


def body_with(**fields: str) -> str:
    """Give the customer's JSON with some values written as raw JSON."""
    members = {name: json.dumps(value) for name, value in MALL_CUSTOMER.items()} | fields
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"


def test_a_customer_is_answered() -> None:
    reply = predict(MALL_CUSTOMER)
    assert (reply.status, reply.headers) == (200, {"Content-Type": JSON})
    assert reply.json["segment"]["id"] == 1


# -------------------------------------------------------------------- no customer in the body

NOT_JSON = {
    "nothing": "",
    "a word": "segment me",
    "half an object": '{"gender": "Female", "age": 3',
    "two objects": BODY + BODY,
    "single quotes": BODY.replace('"', "'"),
    "a trailing comma": BODY.replace("}", ",}"),
    "a comment": BODY + "// please",
    "form fields": "gender=Female&age=30",
    "an array": f"[{BODY}]",
    "an empty array": "[]",
    "a text": '"Female"',
    "a number": "30",
    "null": "null",
    "true": "true",
    "NaN": body_with(age="NaN"),
    "Infinity": body_with(age="Infinity"),
    "-Infinity": body_with(age="-Infinity"),
    "a leading zero": body_with(age="030"),
    "a plus sign": body_with(age="+30"),
    "a bare point": body_with(age=".5"),
    "a raw control character": body_with(customer_id='"a\nb"'),
    "deep nesting": '{"age": ' + "[" * 60_000,
    "UTF-16": BODY.encode("utf-16"),
    "Windows-1252": '{"gender": "Männlich"}'.encode("cp1252"),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "a raw lone surrogate": '{"gender": "\ud800"}',
    "two byte order marks": "\ufeff\ufeff" + BODY,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_one_json_object_is_a_bad_request(body: str | bytes) -> None:
    reply = predict(body)
    assert_problem(reply, 400, "Bad Request")
    assert reply.json["detail"].startswith("body: ")
    assert "errors" not in reply.json


def test_a_request_without_a_body_is_a_bad_request() -> None:
    assert_problem(call("POST", "/predictions"), 400, "Bad Request")


@pytest.mark.parametrize("body", ["a", "\u00fc", "\ud800"])
def test_what_is_declared_as_base64_and_is_not_is_a_bad_request(body: str) -> None:
    from tests.support.api import event, invoke

    reply = invoke(event("POST", "/predictions", body) | {"isBase64Encoded": True})
    assert_problem(reply, 400, "Bad Request")


# ------------------------------------------------------------------------------ wrong fields

WRONG_FIELDS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "missing": (
        '{"gender": "F", "age": 30, "annual_income": 80}',
        [("spending_score", "missing_value")],
    ),
    "null": (body_with(age="null"), [("age", "missing_value")]),
    "empty": (body_with(gender='""'), [("gender", "missing_value")]),
    "unknown": (body_with(colour='"red"'), [("colour", "unknown_field")]),
    "doubled": (BODY[:-1] + ', "age": 31}', [("age", "duplicate_field")]),
    "doubled by title": (body_with(Age="30"), [("Age", "duplicate_field")]),
    "doubled by alias": (body_with(Genre='"Female"'), [("Genre", "duplicate_field")]),
    "doubled id": (body_with(id="7"), [("id", "duplicate_field")]),
    "a text for a number": (body_with(age='"30"'), [("age", "not_a_number")]),
    "an empty text for a number": (body_with(age='""'), [("age", "not_a_number")]),
    "true for a number": (body_with(age="true"), [("age", "not_a_number")]),
    "an array for a number": (body_with(age="[30]"), [("age", "not_a_number")]),
    "an object for a number": (body_with(age='{"years": 30}'), [("age", "not_a_number")]),
    "an overflowing number": (body_with(age="1e999"), [("age", "not_a_number")]),
    "a number of 10,000 digits": (body_with(age="9" * 10_000), [("age", "not_a_number")]),
    "below the bound": (body_with(age="-1"), [("age", "out_of_bounds")]),
    "above the bound": (body_with(age="120.5"), [("age", "out_of_bounds")]),
    "beyond what can be scored": (
        body_with(annual_income="1e101"),
        [("annual_income", "out_of_bounds")],
    ),
    "a big whole number": (
        body_with(annual_income="1" + "0" * 200),
        [("annual_income", "out_of_bounds")],
    ),
    "an unknown category": (body_with(gender='"Divers"'), [("gender", "unknown_category")]),
    "a number for a category": (body_with(gender="2"), [("gender", "unknown_category")]),
    "a boolean for a category": (body_with(gender="true"), [("gender", "unknown_category")]),
    "an array for a category": (body_with(gender='["Male"]'), [("gender", "unknown_category")]),
    "a lone surrogate": (body_with(gender='"\\ud800"'), [("gender", "unknown_category")]),
    "a lone surrogate as key": (body_with(**{"\\ud800": "1"}), [("\ud800", "unknown_field")]),
    "a boolean id": (body_with(customer_id="false"), [("customer_id", "wrong_type")]),
    "an object as id": (body_with(customer_id="{}"), [("customer_id", "wrong_type")]),
    "an overflowing id": (body_with(customer_id="-1e999"), [("customer_id", "out_of_bounds")]),
    "several": (
        '{"colour": 1, "Sex": "x", "age": "30", "annual_income": -1}',
        [
            ("colour", "unknown_field"),
            ("Sex", "unknown_category"),
            ("age", "not_a_number"),
            ("annual_income", "out_of_bounds"),
            ("spending_score", "missing_value"),
        ],
    ),
    "an empty object": (
        "{}",
        [
            ("gender", "missing_value"),
            ("age", "missing_value"),
            ("annual_income", "missing_value"),
            ("spending_score", "missing_value"),
        ],
    ),
}


@pytest.mark.parametrize(("body", "expected"), WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_wrong_fields_are_named_one_entry_for_each(
    body: str, expected: list[tuple[str, str]]
) -> None:
    reply = predict(body)
    assert_problem(reply, 422, "Unprocessable Content")
    errors = reply.json["errors"]
    assert [(error["field"], error["code"]) for error in errors] == expected
    assert all(set(error) == {"field", "code", "message"} for error in errors)
    assert reply.json["detail"] == f"fields that are wrong: {len(expected)}"


def test_a_hostile_body_of_wrong_fields_gets_a_list_of_bounded_length() -> None:
    body = "{" + ",".join(f'"{number}":0' for number in range(5000)) + "}"
    reply = predict(body)
    assert_problem(reply, 422, "Unprocessable Content")
    assert reply.json["detail"] == "fields that are wrong: 5004"
    assert len(reply.json["errors"]) == 100


# --------------------------------------------------------------------------- type and length


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/json",
        "application/jsonp",
        "application/problem+json",
        "application/json, application/json",
        "",
        ";charset=utf-8",
    ],
)
def test_another_content_type_is_refused(content_type: str) -> None:
    reply = call("POST", "/predictions", BODY, content_type)
    assert_problem(reply, 415, "Unsupported Media Type")
    assert reply.json["detail"] == f'got content type "{content_type}", expected application/json'


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", None],
)
def test_json_is_taken_with_parameters_in_any_case_and_undeclared(content_type: str | None) -> None:
    assert call("POST", "/predictions", BODY, content_type).status == 200


@pytest.mark.parametrize("body", [BODY.encode(), "\ufeff" + BODY, ("\ufeff" + BODY).encode()])
def test_a_body_may_come_as_base64_and_with_a_byte_order_mark(body: str | bytes) -> None:
    assert predict(body).json == predict(BODY).json


def test_a_body_may_have_64_kib_and_no_byte_more() -> None:
    full = BODY + " " * (MAXIMUM_BODY - len(BODY))
    assert predict(full).status == 200
    assert predict(full.encode()).status == 200
    for longer in (full + " ", (full + " ").encode()):
        reply = predict(longer)
        assert_problem(reply, 413, "Content Too Large")
        assert reply.json["detail"] == "got 65537 bytes, expected at most 65536"


def test_the_limit_counts_bytes_not_characters() -> None:
    body = body_with(customer_id='"' + "ü" * 40_000 + '"')
    assert predict(body).status == 413


def test_a_body_of_1_mb_is_refused() -> None:
    assert_problem(predict("x" * 2**20), 413, "Content Too Large")


# -------------------------------------------------------------------------- paths and methods


@pytest.mark.parametrize(
    "path", ["/", "/prediction", "/predictions/", "/predictions/1", "/Model", "/schema.json", "//"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_unknown_path_is_not_found(method: str, path: str) -> None:
    assert_problem(call(method, path), 404, "Not Found")


READ = ("/segments", "/model", "/schema", "/openapi.json", "/health")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"])
def test_a_customer_is_posted_and_nothing_else(method: str) -> None:
    reply = call(method, "/predictions")
    assert reply.status == 405
    assert reply.headers["Allow"] == "POST, OPTIONS"
    if method != "HEAD":
        assert_problem(reply, 405, "Method Not Allowed")


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_is_read_cannot_be_written(method: str, path: str) -> None:
    reply = call(method, path, {})
    assert_problem(reply, 405, "Method Not Allowed")
    assert reply.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", READ)
def test_head_answers_as_get_without_the_body(path: str) -> None:
    get, head = call("GET", path), call("HEAD", path)
    assert (head.status, head.headers, head.text) == (200, get.headers, "")
    assert get.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/predictions", "POST, OPTIONS"), *((path, "GET, HEAD, OPTIONS") for path in READ)],
)
def test_options_tells_the_methods(path: str, allowed: str) -> None:
    reply = call("OPTIONS", path)
    assert (reply.status, reply.headers, reply.text) == (204, {"Allow": allowed}, "")


# -------------------------------------------------------------------------------- no champion


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/predictions"), *(("GET", p) for p in READ)]
)
def test_without_a_champion_nothing_can_be_answered(method: str, path: str, registry: Path) -> None:
    (registry / "aliases" / "champion.json").unlink()
    reply = call(method, path, BODY)
    assert_problem(reply, 503, "Service Unavailable")
    assert reply.json["detail"] == "no model has been promoted yet"
    assert reply.headers["Retry-After"] == "5"


@pytest.mark.parametrize("file", ["aliases/champion.json", "models/v1/model.json"])
def test_a_damaged_champion_cannot_be_served(
    file: str, registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (registry / file).write_text('{"format": "other"}')
    reply = call("GET", "/health")
    assert_problem(reply, 503, "Service Unavailable")
    assert reply.json["detail"] == "the model cannot be read at the moment"
    (line,) = logged(capsys)
    assert line["reason"].startswith(f'{file}.format: got "other"')


def test_a_champion_that_was_never_published_cannot_be_served(registry: Path) -> None:
    (registry / "models" / "v1" / "model.json").unlink()
    assert_problem(call("GET", "/health"), 503, "Service Unavailable")


# ------------------------------------------------------------------------ faults of our own


def test_an_unforeseen_error_leaks_nothing_to_the_caller_or_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("the secret income of customer 0042")

    monkeypatch.setattr(answers, "predict", fail)
    reply = predict(MALL_CUSTOMER)
    assert_problem(reply, 500, "Internal Server Error")
    assert reply.json["detail"] == "the fault is here; the function's log says where"
    output = capsys.readouterr()
    assert "0042" not in reply.text + output.out + output.err
    (line,) = (entry for entry in map(json.loads, output.out.splitlines()) if "level" in entry)
    assert (line["level"], line["reason"]) == ("ERROR", "ValueError")
    assert line["place"][-1].endswith(" fail")
    assert line["function_request_id"] == "d3adb33f-0000-4000-8000-000000000000"


def test_a_number_that_json_does_not_know_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "predict", lambda *_: {"distance": float("nan"), "outlier": False})
    assert_problem(predict(MALL_CUSTOMER), 500, "Internal Server Error")


def test_wrong_settings_are_named_in_the_log_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SEGMENT_REGISTRY")
    monkeypatch.setenv("MODEL_TTL_SECONDS", "soon")
    reply = predict(MALL_CUSTOMER)
    assert_problem(reply, 500, "Internal Server Error")
    assert "SEGMENT_REGISTRY" not in reply.text
    (line,) = logged(capsys)
    assert line["reason"] == (
        "SEGMENT_REGISTRY: missing, expected a text; "
        'MODEL_TTL_SECONDS: got "soon", expected a number of at least 0'
    )


# ----------------------------------------------------------------------------- log and metrics

METRICS: list[tuple[int, Any, dict[str, list[float]]]] = [
    (200, lambda: predict(MALL_CUSTOMER), {"Predictions": [1.0]}),
    (
        200,
        lambda: predict(MALL_CUSTOMER | {"annual_income": 500}),
        {"Predictions": [1.0], "PredictedOutliers": [1.0]},
    ),
    (400, lambda: predict("{"), {"RequestsRefused": [1.0]}),
    (404, lambda: call("GET", "/"), {"RequestsRefused": [1.0]}),
    (405, lambda: call("GET", "/predictions"), {"RequestsRefused": [1.0]}),
    (413, lambda: predict("x" * 70_000), {"RequestsRefused": [1.0]}),
    (415, lambda: call("POST", "/predictions", "", "text/plain"), {"RequestsRefused": [1.0]}),
    (422, lambda: predict({}), {"CustomersRejected": [1.0]}),
    (200, lambda: call("GET", "/health"), {}),
]


@pytest.mark.parametrize(("status", "request_made", "counted"), METRICS)
def test_each_outcome_is_counted(
    status: int,
    request_made: Any,
    counted: dict[str, list[float]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert request_made().status == status
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # Whether a request looks the champion up, and so tells its age, is a matter of time.
    found = {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        if directive["Namespace"] == "Segmentation" and line.get("service") != "registry"
    }
    latency = found.pop("PredictionLatency", None)
    assert found == counted
    assert (latency is not None) == ("Predictions" in counted)
    if latency is not None:
        assert 0 < latency[0] < 60_000


def test_no_request_leaves_a_customer_s_value_in_the_log(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # the least that Lambda writes of other libraries' lines
    marks = {"customer_id": "MARK1", "gender": "MARK2", "age": "MARK3", "MARK4": "MARK5"}
    for body in (
        marks,
        [marks],
        MALL_CUSTOMER | {"customer_id": "MARK6"},
        "MARK7",
        "MARK8" * 20_000,
    ):
        predict(body)
    call("POST", "/predictions", "MARK9", "MARK10")
    call("MARK11", "/MARK12", "MARK13")
    output = capsys.readouterr()
    assert "MARK" not in output.out + output.err + caplog.text
    lines = map(json.loads, output.out.splitlines())
    assert len([line for line in lines if line.get("service") != "registry"]) == 7


# ------------------------------------------------------------------------------ any request


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    body=st.one_of(
        st.text(),
        st.binary(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(json.dumps),
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.integers() | st.floats() | st.text(),
                "gender": st.sampled_from(["f", "M", "x", 0, 1, None]),
                "age": st.integers(-1, 121) | st.floats(),
                "annual_income": st.integers() | st.floats(0, 200),
                "Spending Score": st.integers(0, 101) | st.floats(1, 100),
            },
        ).map(json.dumps),
    )
)
def test_any_body_gets_an_answer_or_a_problem(body: str | bytes) -> None:
    reply = predict(body)
    assert reply.status in {200, 400, 422}
    assert reply.json


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "_aws" not in line]


def assert_problem(reply: Reply, status: int, title: str) -> None:
    assert reply.status == status
    assert reply.headers["Content-Type"] == PROBLEM_JSON
    problem = reply.json
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", title, status)
    assert problem["detail"]
    assert set(problem) <= {"type", "title", "status", "detail", "errors"}
