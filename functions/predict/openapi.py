"""The OpenAPI 3.1 document of the API, with the champion's own customer in it.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from predict.http import JSON, MAXIMUM_BODY
from predict.problems import PROBLEM_JSON
from segmentation.model import Model
from segmentation.schema import Schema, customer_schema

API_VERSION = "1.0"
"""Changes when a caller has to know: the second number for additions, the first for the rest."""

_DESCRIPTION = """\
Tells the segment of a customer, and why.

The gateway lets callers in, by IAM (requests signed with SigV4) or by JSON web token, as the
system was deployed. Its own refusals are no problem details but `{"message": …}`: 401, 403 and 429,
and 500 or 503 when the function could not answer at all. `GET` routes answer `HEAD` too."""


def document(model: Model) -> Schema:
    """Give the document.

    Parameters
    ----------
    model
        The champion: its spec says what a customer is.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Customer segmentation",
            "version": API_VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
            "x-model-version": model.version,
        },
        "paths": {
            "/predictions": {"post": _PREDICT},
            "/segments": {
                "get": _reading("segments", "The champion's segments with profiles", "Segments")
            },
            "/model": {"get": _reading("model", "The champion: lineage and quality", "Model")},
            "/schema": {
                "get": _reading("schema", "JSON Schema of a customer for the champion", "Schema")
            },
            "/openapi.json": {"get": _reading("openapi", "This document", "OpenApi")},
            "/health": {"get": _reading("health", "Whether a champion can be served", "Health")},
        },
        "components": {
            "schemas": {"Customer": customer_schema(model), **_SCHEMAS},
            "responses": _RESPONSES,
        },
    }


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}


def _content(media_type: str, schema: str) -> Schema:
    return {media_type: {"schema": _ref("schemas", schema)}}


def _object(**properties: Schema) -> Schema:
    """All properties are required; a later version may add others."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema, **more: object) -> Schema:
    return {"type": "array", "items": items, **more}


def _problem(description: str) -> Schema:
    return {"description": description, "content": _content(PROBLEM_JSON, "Problem")}


def _gateway(description: str) -> Schema:
    return {"description": description, "content": _content(JSON, "GatewayMessage")}


def _both(description: str) -> Schema:
    content = _content(PROBLEM_JSON, "Problem") | _content(JSON, "GatewayMessage")
    return {"description": description, "content": content}


def _responses(answer: str, *statuses: str) -> Schema:
    every = ("401", "403", "429", "500", "503")
    refs = {status: _ref("responses", status) for status in sorted((*statuses, *every))}
    return {"200": {"description": "Done.", "content": _content(JSON, answer)}, **refs}


def _reading(operation: str, summary: str, answer: str) -> Schema:
    return {"operationId": operation, "summary": summary, "responses": _responses(answer)}


_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_DISTANCE: Schema = {"type": "number", "minimum": 0}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_FREE: Schema = {"type": "object"}
_NAMED: dict[str, Schema] = {"id": _COUNT, "name": _TEXT}
_SEGMENT = _NAMED | {"description": _TEXT, "advice": _TEXT}

_PREDICT: Schema = {
    "operationId": "predict",
    "summary": "The segment of one customer, and why",
    "description": (
        f"At most {MAXIMUM_BODY} bytes. Without a content type the body is taken as {JSON}. No "
        "field may come twice, under whatever names."
    ),
    "requestBody": {"required": True, "content": _content(JSON, "Customer")},
    "responses": _responses("Prediction", "400", "413", "415", "422"),
}

_SCHEMAS: dict[str, Schema] = {
    "Prediction": _object(
        id={"type": ["string", "number", "null"], "description": "As it was sent."},
        segment=_object(**_SEGMENT),
        distance=_DISTANCE | {"description": "To the segment's centroid, in scaled space."},
        margin=_SHARE | {"description": "0: between two segments; 1: on the centroid."},
        outlier={"type": "boolean", "description": "Beyond the segment's radius."},
        segments=_list(
            _object(**_NAMED, distance=_DISTANCE), minItems=2, description="Nearest first."
        ),
        drivers=_list(
            _object(
                feature=_TEXT,
                value={"type": ["number", "string"], "description": "As it was understood."},
                contribution=_NUMBER
                | {"description": "Part of the second squared distance minus the nearest one."},
                share={"type": ["number", "null"], "description": "Of the whole; null on a tie."},
            ),
            minItems=1,
            description="What decided between the two nearest segments, strongest first.",
        ),
        warnings=_list(_ref("schemas", "FieldMessage")),
        model_version=_TEXT,
    ),
    "Segments": _object(
        segments=_list(
            _object(
                **_SEGMENT,
                size=_COUNT,
                share=_SHARE,
                centroid={
                    "type": "object",
                    "description": "By feature, in its unit; by category for a one-hot feature.",
                    "additionalProperties": {
                        "anyOf": [_NUMBER, {"type": "object", "additionalProperties": _NUMBER}]
                    },
                },
                radius=_DISTANCE,
                profile=_FREE,
            ),
            minItems=2,
        ),
        model_version=_TEXT,
    ),
    "Model": _object(
        version=_TEXT,
        created_at={"type": "string", "format": "date-time"},
        spec=_object(name=_TEXT, title=_TEXT),
        features=_list(_TEXT, minItems=1),
        k={"type": "integer", "minimum": 2},
        metrics=_FREE,
        sweep=_list(_FREE),
        training=_FREE,
        libraries=_FREE,
    ),
    "Schema": _FREE | {"description": "A JSON Schema of draft 2020-12."},
    "OpenApi": _object(openapi=_TEXT, info=_FREE, paths=_FREE, components=_FREE),
    "Health": _object(status={"const": "ok"}, model_version=_TEXT),
    "FieldMessage": _object(
        field=_TEXT | {"description": "As it was sent, shortened."},
        code=_TEXT,
        message=_TEXT,
    ),
    "Problem": {
        "description": "Problem details of RFC 9457; `errors` names each wrong field.",
        "type": "object",
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": _COUNT,
            "detail": _TEXT,
            "errors": _list(_ref("schemas", "FieldMessage"), minItems=1),
        },
        "required": ["type", "title", "status", "detail"],
    },
    "GatewayMessage": {
        "type": "object",
        "properties": {"message": {"type": ["string", "null"]}},
        "required": ["message"],
    },
}
_RESPONSES: dict[str, Schema] = {
    "400": _problem("The body is not one JSON object."),
    "401": _gateway("The gateway knows no such caller (JSON web token)."),
    "403": _gateway("The gateway lets the caller not in."),
    "413": _problem("The body is too large."),
    "415": _problem("The content type is not application/json."),
    "422": _problem("Fields of the customer are wrong; one entry in `errors` for each."),
    "429": _gateway("Too many requests; try again later."),
    "500": _both("The fault is here."),
    "503": _both("No champion can be served now; `Retry-After` says when to try again."),
}
