"""The HTTP API's routes, as the template lists them.

Source: Amazon API Gateway developer guide, "Create routes for HTTP APIs" (which route wins).
"""

from __future__ import annotations

import re
from collections.abc import Container

from infra.local.deployment import Deployment
from infra.local.errors import TemplateError

_FUNCTION = re.compile(r"/functions/(?P<arn>arn:[^/]+)/invocations$")


def find_route(routes: Container[str], method: str, path: str) -> str | None:
    """The best route for a request: its own method, then ``ANY``, then ``$default``.

    Examples
    --------
    >>> find_route({"ANY /segments", "GET /segments", "$default"}, "GET", "/segments")
    'GET /segments'
    >>> find_route({"ANY /segments", "$default"}, "PUT", "/segments")
    'ANY /segments'
    >>> find_route({"ANY /segments", "$default"}, "PUT", "/whatever")
    '$default'
    """
    candidates = (f"{method} {path}", f"ANY {path}", "$default")
    return next((route for route in candidates if route in routes), None)


def read_routes(deployment: Deployment) -> dict[str, str]:
    """The ARN of the function of each route of the stack's HTTP API, by route key.

    Raises
    ------
    TemplateError
        The API uses something that the local gateway does not play.
    """
    for name, stage in deployment.properties_of("AWS::ApiGatewayV2::Stage").items():
        if stage["StageName"] != "$default":
            raise TemplateError(f"{name}: the local gateway plays the stage $default only")
    targets = {
        f"integrations/{name}": _function_arn(name, properties)
        for name, properties in deployment.properties_of("AWS::ApiGatewayV2::Integration").items()
    }
    routes = {}
    for name, properties in deployment.properties_of("AWS::ApiGatewayV2::Route").items():
        if "{" in properties["RouteKey"]:
            raise TemplateError(f"{name}: the local gateway plays no path parameters")
        routes[properties["RouteKey"]] = targets[properties["Target"]]
    return routes


def _function_arn(name: str, properties: dict[str, str]) -> str:
    kind = properties["IntegrationType"], properties["PayloadFormatVersion"]
    match = _FUNCTION.search(properties["IntegrationUri"])
    if kind != ("AWS_PROXY", "2.0") or not match:
        raise TemplateError(f"{name}: the local gateway plays Lambda with payload 2.0 only")
    return match["arn"]
