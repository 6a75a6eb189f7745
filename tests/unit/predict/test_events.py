"""Events that are no requests of an HTTP API: typed by hand, or of another service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import event, invoke


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ({}, "event.rawPath: missing, expected a text"),
        ([], "event: got a list, expected an object"),
        ("hello", 'event: got "hello", expected an object'),
        (None, "event: got null, expected an object"),
        ({"rawPath": "/health"}, "event.requestContext: missing, expected an object"),
        (
            event("GET", "/health") | {"requestContext": {"stage": "$default"}},
            "event.requestContext.http: missing, expected an object",
        ),
        (
            event("GET", "/health") | {"requestContext": {"stage": "$default", "http": {}}},
            "event.requestContext.http.method: missing, expected a text",
        ),
    ],
)
def test_an_event_that_is_no_request_is_a_bad_request_that_names_the_field(
    payload: Any, detail: str
) -> None:
    reply = invoke(payload)

    assert (reply.status, reply.json["status"], reply.json["detail"]) == (400, 400, detail)
    assert reply.headers == {"Content-Type": "application/problem+json"}
