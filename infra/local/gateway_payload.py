"""From an HTTP request to a Lambda event and back, as an HTTP API of API Gateway does it.

Payload format 2.0. Source: Amazon API Gateway developer guide, "Create AWS Lambda proxy
integrations for HTTP APIs". What the guide leaves open follows what API Gateway was seen to do: the
path is decoded, and a body is text only under the media types below, so that even a form or a body
without a type arrives as base64.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from infra.local.aws_server import ACCOUNT_ID

_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in; ``target`` is the path with the query string."""

    method: str
    target: str
    protocol: str
    headers: list[tuple[str, str]]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        """The decoded path."""
        return unquote(self.target.partition("?")[0])


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def event_for(request: Request, route_key: str, api_id: str) -> dict[str, Any]:
    """Build the event that the function gets."""
    headers = _joined((name.lower(), value.strip()) for name, value in request.headers)
    cookies = headers.pop("cookie", "")
    query = request.target.partition("?")[2]
    parameters = _joined(parse_qsl(query, keep_blank_values=True))
    domain = headers.get("host", "")
    now = datetime.now(UTC)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": {
            **headers,
            "x-forwarded-for": request.source_ip,
            "x-forwarded-port": domain.rpartition(":")[2],
            "x-forwarded-proto": "http",
        },
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": api_id,
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.protocol,
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if parameters:
        event["queryStringParameters"] = parameters
    if request.body:
        event["isBase64Encoded"] = not _is_text(headers.get("content-type", ""))
        event["body"] = (
            base64.b64encode(request.body).decode()
            if event["isBase64Encoded"]
            else request.body.decode("utf-8", errors="replace")
        )
    return event


def response_from(result: Any) -> Response:
    """Turn what a function returned into the answer.

    An object with a ``statusCode`` is an answer in full; anything else is the body of a 200. An
    answer that makes no sense is the gateway's 500.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(200, [("content-type", "application/json")], body.encode())
    try:
        return _full_response(result)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return gateway_error(HTTPStatus.INTERNAL_SERVER_ERROR)


def gateway_error(status: HTTPStatus) -> Response:
    """An error that the gateway makes itself: its own ``{"message"}``."""
    body = json.dumps({"message": _PHRASES.get(status, status.phrase)}, separators=(",", ":"))
    return Response(status, [("content-type", "application/json")], body.encode())


# Python's phrase for 413 changed over its versions; the gateway's did not.
_PHRASES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Request Entity Too Large"}


def _full_response(result: dict[str, Any]) -> Response:
    headers = {name.lower(): _text(v) for name, v in (result.get("headers") or {}).items()}
    headers.setdefault("content-type", "text/plain; charset=utf-8")
    cookies = [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    body = result.get("body") or ""
    content = (
        base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    )
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    return Response(status, [*headers.items(), *cookies], content)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values of the same name joined by commas, names in the order of their first value."""
    result: dict[str, str] = {}
    for name, value in pairs:
        result[name] = f"{result[name]},{value}" if name in result else value
    return result


def _is_text(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES
