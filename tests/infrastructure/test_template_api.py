"""The HTTP API: its routes, who may call them, and what it logs."""

from __future__ import annotations

import json
import re

from tests.support.deployment import JWT, TEMPLATE, Json, Stack, named

ROUTES = {
    "POST /predictions",
    "GET /segments",
    "GET /model",
    "GET /schema",
    "GET /openapi.json",
    "GET /health",
    "$default",
}


def routes(stack: Stack) -> dict[str, Json]:
    return {
        route["RouteKey"]: route for route in stack.of_type("AWS::ApiGatewayV2::Route").values()
    }


def test_every_route_asks_for_a_signature(stack: Stack) -> None:
    assert set(routes(stack)) == ROUTES
    for key, route in routes(stack).items():
        assert route["AuthorizationType"] == "AWS_IAM", key
        assert "AuthorizerId" not in route, key
    assert not stack.of_type("AWS::ApiGatewayV2::Authorizer")


def test_every_route_asks_for_a_token_where_that_is_chosen() -> None:
    stack = Stack(**JWT)

    assert set(routes(stack)) == ROUTES
    for key, route in routes(stack).items():
        assert route["AuthorizationType"] == "JWT", key
        assert route["AuthorizerId"] == "JwtAuthorizer", key
    assert stack["JwtAuthorizer"]["JwtConfiguration"] == {
        "Issuer": "https://login.example.com/",
        "Audience": ["console", "shop"],
    }


def test_tokens_without_an_issuer_or_an_audience_are_refused_by_the_template(stack: Stack) -> None:
    rule = stack.template.body["Rules"]["JwtNeedsIssuerAndAudience"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "AuthType"}, "JWT"]}
    assert [named(assertion["Assert"]) for assertion in rule["Assertions"]] == [
        {"JwtIssuer"},
        {"JwtAudience"},
    ]


def test_every_route_reaches_the_predict_function_in_payload_format_2(stack: Stack) -> None:
    (integration,) = stack.of_type("AWS::ApiGatewayV2::Integration").values()

    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert "arn:PredictFunction/invocations" in integration["IntegrationUri"]
    targets = {route["Target"] for route in routes(stack).values()}
    assert targets == {"integrations/PredictIntegration"}


def test_sam_local_finds_the_routes(stack: Stack) -> None:
    # It serves routes of the kind that the first resource has which could have any: the API's own
    # resources therefore stand before the functions.
    text = TEMPLATE.read_text(encoding="utf-8")

    assert text.index("Type: AWS::ApiGatewayV2::Api") < text.index(
        "Type: AWS::Serverless::Function"
    )


def test_no_page_of_another_origin_may_call_unless_named(stack: Stack) -> None:
    assert "CorsConfiguration" not in stack["Api"]

    cors = Stack(CorsOrigins="https://a.example.com,https://b.example.com")["Api"]

    assert cors["CorsConfiguration"]["AllowOrigins"] == [
        "https://a.example.com",
        "https://b.example.com",
    ]
    assert cors["CorsConfiguration"]["AllowMethods"] == ["GET", "POST"]
    assert "AllowCredentials" not in cors["CorsConfiguration"], "no cookies, ever"


def test_preflight_requests_are_answered_without_opening_a_route() -> None:
    # A browser never signs them: the catch-all route would refuse them, and a route of their own
    # would be open to everybody. Without either the gateway answers by itself.
    keys = routes(Stack(CorsOrigins="https://a.example.com"))

    assert set(keys) == ROUTES - {"$default"}


def test_requests_are_throttled() -> None:
    (stage,) = (
        Stack(ThrottlingRate="5", ThrottlingBurst="9").of_type("AWS::ApiGatewayV2::Stage").values()
    )

    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": "5",
        "ThrottlingBurstLimit": "9",
    }
    assert stage["StageName"] == "$default"
    assert stage["AutoDeploy"] is True


def test_the_access_log_is_one_line_of_json_with_nothing_that_a_caller_wrote(stack: Stack) -> None:
    settings = stack["ApiStage"]["AccessLogSettings"]

    assert len(json.loads(settings["Format"])) == 10
    assert "\n" not in settings["Format"]

    assert settings["DestinationArn"] == "arn:ApiLogGroup"
    assert set(re.findall(r"\$context\.([A-Za-z.]+)", settings["Format"])) == {
        "requestTime",
        "requestId",
        "routeKey",
        "status",
        "identity.userArn",
        "responseLength",
        "responseLatency",
        "integrationLatency",
        "error.responseType",
        "authorizer.error",
    }
