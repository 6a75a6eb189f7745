"""Calling the predict function as API Gateway does."""

from __future__ import annotations

import base64
import io
import json
import sys
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"


class CurrentStdout(io.StringIO):
    """Writes to whatever stdout is now; the logger else keeps the one that it was made with."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@dataclass(frozen=True)
class Context:
    """What the Lambda runtime says of an invocation."""

    function_name: str = "predict"
    function_version: str = "$LATEST"
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:predict"
    memory_limit_in_mb: int = 1024
    aws_request_id: str = "d3adb33f-0000-4000-8000-000000000000"
    log_group_name: str = "/aws/lambda/predict"
    log_stream_name: str = "stream"
    tenant_id: str | None = None


@dataclass(frozen=True)
class Reply:
    """What the function answered."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, which may hold nothing that JSON does not know."""

        def refuse(name: str) -> None:
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.text, parse_constant=refuse)


def event(
    method: str,
    path: str,
    body: str | bytes | None = None,
    content_type: str | None = JSON,
) -> dict[str, Any]:
    """Make an event of payload format 2.0; bytes come as base64, as the gateway does it."""
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": "request",
            "stage": "$default",
            "timeEpoch": 1795426200000,
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if content_type is not None:
        made["headers"]["content-type"] = content_type
    if body is not None:
        made["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return made


def invoke(payload: dict[str, Any]) -> Reply:
    """Hand an event to the function."""
    from predict.handler import lambda_handler

    response = lambda_handler(payload, Context())  # type: ignore[arg-type]
    # The runtime sends the response as UTF-8 JSON, so this has to work for every answer.
    response = json.loads(json.dumps(response, ensure_ascii=False).encode())
    assert response["isBase64Encoded"] is False
    return Reply(response["statusCode"], response["headers"], response["body"])


def call(
    method: str,
    path: str,
    body: object = None,
    content_type: str | None = JSON,
) -> Reply:
    """Call a route; anything but text and bytes is sent as JSON."""
    if body is not None and not isinstance(body, str | bytes):
        body = json.dumps(body)
    return invoke(event(method, path, body, content_type))


def predict(customer: object) -> Reply:
    """Ask for the segment of a customer."""
    return call("POST", "/predictions", customer)
