"""Errors as the caller sees them: problem details for HTTP APIs (RFC 9457)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from predict.errors import (
    BodyTooLarge,
    ChampionUnavailable,
    MethodNotAllowed,
    NoRoute,
    UnsupportedMediaType,
)
from predict.http import json_response
from segmentation.errors import CustomerRejected, DocumentError, RegistryError, SettingsError
from segmentation_aws.observability import count, logger, place_of

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.api_gateway import Response

PROBLEM_JSON = "application/problem+json"
MAXIMUM_ERRORS = 100
"""How many wrong fields an answer lists; no customer has more, a hostile body may."""


class Kind(NamedTuple):
    """What an error is for the caller (status and title of RFC 9110), and for the dashboard."""

    status: int
    title: str
    metric: str


TABLE: dict[type[Exception], Kind] = {
    DocumentError: Kind(400, "Bad Request", "RequestsRefused"),
    NoRoute: Kind(404, "Not Found", "RequestsRefused"),
    MethodNotAllowed: Kind(405, "Method Not Allowed", "RequestsRefused"),
    BodyTooLarge: Kind(413, "Content Too Large", "RequestsRefused"),
    UnsupportedMediaType: Kind(415, "Unsupported Media Type", "RequestsRefused"),
    CustomerRejected: Kind(422, "Unprocessable Content", "CustomersRejected"),
    ChampionUnavailable: Kind(503, "Service Unavailable", "ChampionUnavailable"),
    Exception: Kind(500, "Internal Server Error", "PredictionErrors"),
}


def response(error: Exception) -> Response[str]:
    """Turn an error into the answer to its caller, counted, and logged where we are to blame."""
    kind = next(TABLE[one] for one in type(error).__mro__ if one in TABLE)
    count(kind.metric)
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": str(error),
    }
    headers = {}
    match error:
        case CustomerRejected():
            problem["detail"] = f"fields that are wrong: {len(error.errors)}"
            problem["errors"] = [asdict(one) for one in error.errors[:MAXIMUM_ERRORS]]
        case MethodNotAllowed():
            headers["Allow"] = error.allowed
        case ChampionUnavailable():
            headers["Retry-After"] = "5"
            logger.error("no champion to serve", reason=str(error.__cause__))
        case _ if kind.status == TABLE[Exception].status:
            problem["detail"] = "the fault is here; the function's log says where"
            # The text of an unforeseen error may quote a customer.
            known = isinstance(error, SettingsError | RegistryError)
            reason = str(error) if known else type(error).__name__
            logger.error("request failed", reason=reason, place=place_of(error))
    return json_response(problem, kind.status, PROBLEM_JSON, headers)
