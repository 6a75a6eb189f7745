"""Bodies of requests and answers, as API Gateway hands them over (payload format 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler.api_gateway import Response

from predict.errors import BodyTooLarge, MethodNotAllowed, NoRoute, UnsupportedMediaType
from segmentation.document import Section
from segmentation.errors import DocumentError
from segmentation.values import shown

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

JSON = "application/json"
MAXIMUM_BODY = 64 * 1024
"""Bytes of a request; a customer takes a few hundred."""


def check_request(event: object) -> None:
    """See that an event is a request of an HTTP API.

    Raises
    ------
    DocumentError
        It is something else, such as an event typed by hand; the message names the field.
    """
    request = Section(event, "event")
    request.text("rawPath")
    context = request.section("requestContext")
    context.text("stage")
    context.section("http").text("method")


def customer_body(event: APIGatewayProxyEventV2) -> bytes:
    """Give the body of a request that holds a customer.

    A request without a content type is taken as JSON, the only type that the API knows.

    Raises
    ------
    UnsupportedMediaType
        The content type is another than application/json; its parameters don't matter.
    BodyTooLarge
        The body has more than `MAXIMUM_BODY` bytes.
    DocumentError
        It is not what the gateway says it is.
    """
    # In any case: the gateway's is lower, not everybody's. `event.headers` takes ten times as long.
    headers: dict[str, str] = event.get("headers") or {}
    declared = next((headers[name] for name in headers if name.lower() == "content-type"), JSON)
    if declared.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMediaType(f'got content type "{shown(declared)}", expected {JSON}')
    body = event.body or ""
    try:
        # What is no UTF-8 is left to the reader of JSON to refuse.
        data = (
            base64.b64decode(body)
            if event.is_base64_encoded
            else body.encode("utf-8", "surrogatepass")
        )
    except ValueError as exc:  # a character beyond ASCII is no binascii.Error
        raise DocumentError("body", "declared as base64 and is not") from exc
    if len(data) > MAXIMUM_BODY:
        raise BodyTooLarge(f"got {len(data)} bytes, expected at most {MAXIMUM_BODY}")
    return data


def without_route(event: APIGatewayProxyEventV2, methods: Mapping[str, str]) -> Response[str]:
    """Answer a request for which there is no route: OPTIONS, or a refusal.

    Parameters
    ----------
    event
        The request.
    methods
        The methods of every path there is.

    Raises
    ------
    NoRoute
        There is no such path.
    MethodNotAllowed
        The path has other methods (RFC 9110, section 15.5.6).
    """
    if event.path not in methods:
        raise NoRoute(f"expected one of {', '.join(methods)}")
    allowed = f"{methods[event.path]}, OPTIONS"
    if event.http_method != "OPTIONS":
        raise MethodNotAllowed(allowed)
    return Response(204, body="", headers={"Allow": allowed})


def payload_of(response: Response[str]) -> dict[str, object]:
    """Give an answer as the gateway takes it, for a request that no resolver understands."""
    return {
        "statusCode": response.status_code,
        "headers": response.headers,
        "body": response.body,
        "isBase64Encoded": False,
    }


def json_response(
    content: object,
    status: int = 200,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Make an answer: ASCII, so that any text can be encoded, and never NaN or Infinity."""
    return Response(status, content_type, _encoder.encode(content), headers)


_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
