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
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_path_info

from infra.local.aws_server import ACCOUNT_ID
from infra.local.loopback import error_message

_TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})


def event_for(request: Request, route_key: str, api_id: str) -> dict[str, Any]:
    """Build the event that the function gets."""
    headers = _joined((name.lower(), value.strip()) for name, value in request.headers)
    cookies = headers.pop("cookie", "")
    query = request.query_string.decode()
    parameters = _joined(parse_qsl(query, keep_blank_values=True))
    path = get_path_info(request.environ)
    body = request.get_data()
    domain = headers.get("host", "")
    now = datetime.now(UTC)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            **headers,
            "x-forwarded-for": request.remote_addr,
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
                "path": path,
                "protocol": request.environ["SERVER_PROTOCOL"],
                "sourceIp": request.remote_addr,
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
    if body:
        event["isBase64Encoded"] = not _is_text(headers.get("content-type", ""))
        event["body"] = (
            base64.b64encode(body).decode()
            if event["isBase64Encoded"]
            else body.decode("utf-8", errors="replace")
        )
    return event


def response_from(result: Any) -> Response:
    """Turn what a function returned into the answer.

    An object with a ``statusCode`` is an answer in full; anything else is the body of a 200. An
    answer that makes no sense is the gateway's 500.
    """
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(body, content_type="application/json")
    try:
        return _full_response(result)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return error_message(HTTPStatus.INTERNAL_SERVER_ERROR)


def _full_response(result: dict[str, Any]) -> Response:
    headers = {name.lower(): _text(v) for name, v in (result.get("headers") or {}).items()}
    cookies = [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    body = result.get("body") or ""
    content = (
        base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    )
    status = int(result["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    return Response(content, status, [*headers.items(), *cookies])  # text/plain by default


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Values of the same name joined by commas, names in the order of their first value."""
    return {name: ",".join(values) for name, values in MultiDict(pairs).lists()}


def _is_text(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith("text/") or media_type in _TEXT_TYPES
