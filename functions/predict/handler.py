"""HTTPS to JSON: the routes of the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver, Response
from aws_lambda_powertools.metrics import MetricUnit

from predict import openapi, problems
from predict.champion import champion
from predict.http import (
    check_request,
    customer_body,
    json_response,
    payload_of,
    without_route,
)
from segmentation import answers
from segmentation.errors import DocumentError
from segmentation.model import Model
from segmentation.schema import customer_schema
from segmentation_aws.observability import count, flush, logger, measure

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

VIEWS: dict[str, Callable[[Model], object]] = {
    "/segments": answers.segments,
    "/model": answers.description,
    "/schema": customer_schema,
    "/openapi.json": openapi.document,
    "/health": answers.health,
}
"""What can be read, and how each answer is made from the champion."""

METHODS = {"/predictions": "POST"} | dict.fromkeys(VIEWS, "GET, HEAD")

app = APIGatewayHttpResolver(debug=False)  # debugging would print customers
app.exception_handler(Exception)(problems.response)


@app.post("/predictions")
def predictions() -> Response[str]:
    """Answer one customer."""
    began = time.perf_counter()
    body = customer_body(app.current_event)
    prediction = answers.predict(champion(), body)
    measure("PredictionLatency", MetricUnit.Milliseconds, 1000 * (time.perf_counter() - began))
    count("Predictions")
    if prediction["outlier"]:
        count("PredictedOutliers")
    return json_response(prediction)


def _reader(view: Callable[[Model], object]) -> Callable[[], Response[str]]:
    return lambda: json_response(view(champion()))


for _path, _view in VIEWS.items():
    app.route(_path, ["GET", "HEAD"])(_reader(_view))


@app.not_found
def other(_: Exception) -> Response[str]:
    """Answer OPTIONS, another method or another path."""
    return without_route(app.current_event, METHODS)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer an event of an HTTP API (payload format 2.0)."""
    try:
        check_request(event)
    except DocumentError as exc:
        return payload_of(problems.response(exc))
    else:
        response = app.resolve(event, context)
        if event["requestContext"]["http"]["method"] == "HEAD":
            response["body"] = ""
        return response
    finally:
        flush()
