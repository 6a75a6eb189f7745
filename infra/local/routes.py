"""The HTTP API's routes, as the template lists them.

Source: Amazon API Gateway developer guide, "Create routes for HTTP APIs" (which route wins).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from infra.local.deployment import Deployment
from infra.local.errors import TemplateError

DEFAULT_ROUTE = "$default"
_FUNCTION = re.compile(r"/functions/(?P<arn>arn:[^/]+)/invocations$")


@dataclass(frozen=True, slots=True)
class Route:
    """A route key and the function behind it.

    Examples
    --------
    >>> Route("GET /segments", "arn:f").matches("GET", "/segments")
    True
    >>> Route("ANY /segments", "arn:f").matches("PUT", "/segments")
    True
    >>> Route("$default", "arn:f").matches("PUT", "/whatever")
    True
    """

    key: str
    function_arn: str

    def matches(self, method: str, path: str) -> bool:
        """Whether a request goes here, when no better route takes it."""
        if self.key == DEFAULT_ROUTE:
            return True
        own_method, own_path = self.key.split(" ", 1)
        return own_method in (method, "ANY") and own_path == path


def find_route(routes: Sequence[Route], method: str, path: str) -> Route | None:
    """The best route for a request: its own method, then ``ANY``, then ``$default``."""

    def rank(route: Route) -> tuple[bool, bool]:
        return route.key == DEFAULT_ROUTE, route.key.startswith("ANY ")

    candidates = [route for route in routes if route.matches(method, path)]
    return min(candidates, key=rank, default=None)


def read_routes(deployment: Deployment) -> list[Route]:
    """The routes of the stack's HTTP API.

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
    routes = []
    for name, properties in deployment.properties_of("AWS::ApiGatewayV2::Route").items():
        if "{" in properties["RouteKey"]:
            raise TemplateError(f"{name}: the local gateway plays no path parameters")
        routes.append(Route(properties["RouteKey"], targets[properties["Target"]]))
    return routes


def _function_arn(name: str, properties: dict[str, str]) -> str:
    kind = properties["IntegrationType"], properties["PayloadFormatVersion"]
    match = _FUNCTION.search(properties["IntegrationUri"])
    if kind != ("AWS_PROXY", "2.0") or not match:
        raise TemplateError(f"{name}: the local gateway plays Lambda with payload 2.0 only")
    return match["arn"]
