"""The HTTP API: what the function gets of a request, and the caller of its answer."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.wrappers import Request, Response

from infra.local import LocalStack, gateway
from infra.local.errors import FunctionError

Headers = Mapping[str, str]
MB = 1024 * 1024


@pytest.fixture
def connection(stack: LocalStack) -> Iterator[http.client.HTTPConnection]:
    address = urlsplit(stack.api_url)
    with closing(http.client.HTTPConnection(str(address.hostname), address.port)) as opened:
        yield opened


def call(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: Any = None,
    headers: Headers | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.request(method, target, body, dict(headers or {}))
    response = connection.getresponse()
    return response, response.read()


def event_of(*arguments: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(call(*arguments)[1])
    return event


def test_the_function_gets_payload_format_2(connection: http.client.HTTPConnection) -> None:
    headers = {"Content-Type": "application/json", "X-Shop": " 7 ", "User-Agent": "tests"}

    event = event_of(
        connection, "POST", "/predictions?a=1&b=x%20y&a=2&c=", '{"ü": 1}'.encode(), headers
    )

    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /predictions"
    assert event["rawPath"] == "/predictions"
    assert event["rawQueryString"] == "a=1&b=x%20y&a=2&c="
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y", "c": ""}
    assert event["body"] == '{"ü": 1}'
    assert event["isBase64Encoded"] is False
    assert event["headers"]["content-type"] == "application/json"
    assert event["headers"]["x-shop"] == "7"
    assert "cookies" not in event
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/predictions",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tests",
    }
    assert (context["routeKey"], context["stage"]) == ("POST /predictions", "$default")
    assert {"accountId", "apiId", "domainName", "requestId", "time", "timeEpoch"} <= set(context)


def test_repeated_headers_are_joined_and_cookies_stand_apart(
    connection: http.client.HTTPConnection,
) -> None:
    connection.putrequest("GET", "/segments")
    for name, value in (("X-A", "1"), ("x-a", "2"), ("Cookie", "u=1; v=2")):
        connection.putheader(name, value)
    connection.endheaders()
    event = json.loads(connection.getresponse().read())

    assert event["headers"]["x-a"] == "1,2"
    assert event["cookies"] == ["u=1", "v=2"]
    assert "cookie" not in event["headers"]
    assert "body" not in event
    assert "queryStringParameters" not in event


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("application/json; charset=utf-8", True),
        ("text/csv", True),
        ("application/xml", True),
        ("application/octet-stream", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
def test_a_body_is_base64_unless_its_type_is_text(
    connection: http.client.HTTPConnection, content_type: str, is_text: bool
) -> None:
    body = b"a=1" if is_text else b"\xff\x00"
    headers = {"Content-Type": content_type} if content_type else {}

    event = event_of(connection, "POST", "/predictions", body, headers)

    assert event["isBase64Encoded"] is not is_text
    sent = event["body"].encode() if is_text else base64.b64decode(event["body"])
    assert sent == body


def test_a_chunked_body_arrives_whole(connection: http.client.HTTPConnection) -> None:
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}

    connection.request(
        "POST", "/predictions", iter([b"one ", b"two"]), headers, encode_chunked=True
    )

    assert json.loads(connection.getresponse().read())["body"] == "one two"


@pytest.mark.parametrize(
    ("method", "target", "route_key"),
    [
        ("GET", "/segments", "GET /segments"),
        ("POST", "/segments", "$default"),
        ("GET", "/segments/", "$default"),
        ("PUT", "/no%20such/path", "$default"),
        ("TRACE", "/segments", "$default"),
        ("QUERY", "/segments", "$default"),
    ],
)
def test_requests_find_the_templates_routes(
    connection: http.client.HTTPConnection, method: str, target: str, route_key: str
) -> None:
    assert event_of(connection, method, target)["routeKey"] == route_key


def test_the_path_is_decoded(connection: http.client.HTTPConnection) -> None:
    event = event_of(connection, "GET", "/no%20such+path%3Fx?y=%3F")

    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/no such+path?x"
    assert event["rawQueryString"] == "y=%3F"


def answer(connection: http.client.HTTPConnection, result: Any) -> Any:
    body = json.dumps(result).encode()
    return call(connection, "POST", "/answer", body, {"Content-Type": "application/json"})


def test_an_answer_in_full_is_passed_on(connection: http.client.HTTPConnection) -> None:
    result = {
        "statusCode": 418,
        "headers": {"Content-Type": "application/problem+json", "X-A": "1"},
        "cookies": ["u=1; HttpOnly", "v=2"],
        "body": base64.b64encode(b"\xff\x00").decode(),
        "isBase64Encoded": True,
    }

    response, body = answer(connection, result)

    assert (response.status, body) == (418, b"\xff\x00")
    assert response.getheader("content-type") == "application/problem+json"
    assert response.getheader("x-a") == "1"
    assert response.headers.get_all("set-cookie") == ["u=1; HttpOnly", "v=2"]


@pytest.mark.parametrize(
    ("result", "body"), [({"a": "ü"}, b'{"a": "\\u00fc"}'), ("text", b"text"), ([1], b"[1]")]
)
def test_an_answer_without_a_status_is_the_body_of_a_200(
    connection: http.client.HTTPConnection, result: Any, body: bytes
) -> None:
    response, got = answer(connection, result)

    assert (response.status, got) == (200, body)
    assert response.getheader("content-type") == "application/json"


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "no base64!", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["no", "object"]},
    ],
)
def test_an_answer_that_makes_no_sense_is_the_gateways_500(
    connection: http.client.HTTPConnection, result: Any
) -> None:
    response, body = answer(connection, result)

    assert (response.status, body) == (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize("path", ["/raise", "/no-json"])
def test_a_function_that_fails_is_the_gateways_500(
    connection: http.client.HTTPConnection, path: str
) -> None:
    response, body = call(connection, "GET", path)

    assert (response.status, body) == (500, b'{"message":"Internal Server Error"}')
    assert response.getheader("content-type") == "application/json"


@pytest.mark.parametrize("size", [10 * MB + 1, 7 * MB])
def test_a_body_that_the_gateway_or_lambda_does_not_take_is_a_413(
    connection: http.client.HTTPConnection, size: int
) -> None:
    response, body = call(
        connection, "POST", "/predictions", b"x" * size, {"Content-Type": "text/plain"}
    )

    assert (response.status, body) == (413, b'{"message":"Request Entity Too Large"}')


def test_after_its_time_limit_the_gateway_gives_up(
    connection: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gateway.INTEGRATION_TIMEOUT_SECONDS == 30.0
    monkeypatch.setattr(gateway, "INTEGRATION_TIMEOUT_SECONDS", 0.2)

    response, body = call(connection, "GET", "/sleep")

    assert (response.status, body) == (503, b'{"message":"Service Unavailable"}')


def test_head_has_headers_and_no_body(connection: http.client.HTTPConnection) -> None:
    response, body = call(connection, "HEAD", "/health")

    assert (response.status, body) == (200, b"")
    assert int(response.getheader("content-length", "0")) > 0


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_none_is_a_400(
    connection: http.client.HTTPConnection, length: str
) -> None:
    connection.putrequest("POST", "/predictions")
    connection.putheader("Content-Length", length)
    connection.endheaders()

    assert connection.getresponse().status == 400


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    assert [call(connection, "GET", "/health")[0].status for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    ("request_line", "status"),
    [("GET", 400), ("GET / HTTP/x", 400), ("GET /%b HTTP/1.1", 414)],
)
def test_what_is_no_request_is_answered_in_json(
    stack: LocalStack, request_line: str, status: int
) -> None:
    address = urlsplit(stack.api_url)
    line = request_line.replace("%b", "x" * 70_000).encode()
    with socket.create_connection((str(address.hostname), address.port)) as connection:
        connection.sendall(line + b"\r\n\r\n")
        reply = connection.makefile("rb").read()

    assert b"<html" not in reply.lower()
    assert list(json.loads(reply[reply.index(b"{") :])) == ["message"]
    assert reply.startswith(b"{") or int(reply.split()[1]) == status


def test_two_hundred_callers_at_once_are_all_answered_by_the_function(stack: LocalStack) -> None:
    address = urlsplit(stack.api_url)
    with ExitStack() as opened:
        callers = [
            opened.enter_context(closing(http.client.HTTPConnection(address.netloc, timeout=30)))
            for _ in range(200)
        ]
        for caller in callers:
            caller.connect()
        for number, caller in enumerate(callers):
            caller.request("GET", f"/health?caller={number}")
        events = [json.loads(caller.getresponse().read()) for caller in callers]

    assert [event["rawQueryString"] for event in events] == [f"caller={n}" for n in range(200)]


def test_requests_are_reported_with_their_answers_except_bodies_that_are_not_taken() -> None:
    reported: list[tuple[str, str, int]] = []

    def on_request(request: Request, response: Response, seconds: float) -> None:
        assert 0 <= seconds < 30
        reported.append((request.method, request.path, response.status_code))

    def fail(event: Any) -> Any:
        raise FunctionError("ValueError", "told to raise")

    with gateway_of({"GET /a": str, "ANY /b": fail}, on_request) as (_, connection):
        answers = [
            call(connection, "GET", "/a"),
            call(connection, "PUT", "/b", b"x"),
            call(connection, "HEAD", "/a"),
            call(connection, "POST", "/a", b"x" * (10 * MB + 1)),
        ]

    assert [response.status for response, _ in answers] == [200, 500, 404, 413]
    assert answers[2][1] == b""
    assert reported == [("GET", "/a", 200), ("PUT", "/b", 500), ("HEAD", "/a", 404)]


def test_without_a_default_route_others_are_not_found() -> None:
    with gateway_of({"GET /a": str}) as (_, connection):
        response, body = call(connection, "GET", "/b")

    assert (response.status, body) == (404, b'{"message":"Not Found"}')
    assert response.getheader("content-type") == "application/json"


def test_a_stop_leaves_no_thread_and_no_connection_when_the_function_has_ended() -> None:
    before = set(threading.enumerate())
    asked, ended = threading.Event(), threading.Event()

    def wait(event: Any) -> Any:
        asked.set()
        ended.wait(30)
        raise FunctionError("Runtime.ExitError", "the local stack is stopping")

    with gateway_of({"GET /wait": wait}) as (running, connection):
        connection.request("GET", "/wait")
        assert asked.wait(30)
        ended.set()
        running.stop()

        assert set(threading.enumerate()) <= before
        assert connection.getresponse().status == 500
        with pytest.raises(ConnectionRefusedError):
            http.client.HTTPConnection(urlsplit(running.url).netloc).connect()


@contextmanager
def gateway_of(
    functions: Mapping[str, Callable[[Any], Any]],
    on_request: gateway.OnRequest = lambda request, response, seconds: None,
) -> Iterator[tuple[gateway.Gateway, http.client.HTTPConnection]]:
    """A gateway before functions of this process, and a connection to it."""
    running = gateway.Gateway(0, on_request)
    running.start("api", functions)
    address = urlsplit(running.url)
    with closing(http.client.HTTPConnection(address.netloc, timeout=30)) as connection:
        try:
            yield running, connection
        finally:
            running.stop()
