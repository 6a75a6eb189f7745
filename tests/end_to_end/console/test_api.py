"""How the console calls the API: what it signs, and what each answer means for the user."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest

from console.api import Api
from console.errors import ApiFailed, ApiForbidden, ApiUnreachable, CustomerRefused, NoModelServes
from console.settings import Settings
from infra.processes import free_ports
from segmentation.errors import SettingsError

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
URL = f"https://{HOST}"


@dataclass
class Recorder:
    """Takes requests in the place of the network."""

    status: int = 200
    body: bytes = b"{}"
    sent: list[AWSPreparedRequest] = field(default_factory=list)

    def send(self, request: AWSPreparedRequest) -> Any:
        self.sent.append(request)
        return type("Answer", (), {"status_code": self.status, "content": self.body})


def api_with(network: Recorder, *, signs: bool = False) -> Api:
    session = botocore.session.get_session()
    session.set_credentials("AKID", "secret", "token")
    api = Api(URL, signs=signs, session=session)
    api._http = network  # type: ignore[assignment]
    return api


def signature(request: AWSPreparedRequest, body: bytes) -> str:
    """Signature version 4, from AWS's description of it alone."""
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    _, _, scope_and_more = headers["authorization"].partition("Credential=AKID/")
    scope, _, rest = scope_and_more.partition(", SignedHeaders=")
    names = rest.partition(",")[0]
    canonical = "\n".join(
        [
            "POST",
            "/predictions",
            "",
            *(f"{name}:{headers.get(name, HOST)}" for name in names.split(";")),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = b"AWS4secret"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def test_requests_to_aws_are_signed_for_the_region_of_the_api() -> None:
    network = Recorder()

    api_with(network, signs=True).predict({"age": 30})

    (request,) = network.sent
    authorization = _text(request.headers["Authorization"])
    assert "/eu-west-1/execute-api/aws4_request, SignedHeaders=" in authorization
    assert authorization.endswith("Signature=" + signature(request, b'{"age": 30}'))
    assert _text(request.headers["X-Amz-Security-Token"]) == "token"


def test_requests_to_a_stack_on_this_machine_are_not_signed() -> None:
    network = Recorder()

    api_with(network).predict({"age": 30})

    assert "Authorization" not in network.sent[0].headers


def test_without_credentials_the_user_is_told_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)

    with pytest.raises(ApiForbidden, match="no AWS credentials"):
        Api(URL, signs=True).schema()


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (403, {"message": "Forbidden"}, ApiForbidden, "does not let you in"),
        (401, {"message": "Unauthorized"}, ApiForbidden, "does not let you in"),
        (429, {"message": "Too Many Requests"}, ApiFailed, "too many requests"),
        (503, {"title": "Service Unavailable", "detail": "no champion"}, NoModelServes, "No model"),
        (503, {"message": "Service Unavailable"}, ApiFailed, "could not answer"),
        (500, {"message": None}, ApiFailed, "could not answer"),
        (404, {"detail": "expected one of /model"}, ApiFailed, "404: expected one of /model"),
        (200, [], ApiFailed, "200: no reason given"),
    ],
)
def test_every_answer_is_told_in_words(
    status: int, body: object, error: type[Exception], message: str
) -> None:
    network = Recorder(status, json.dumps(body).encode())

    with pytest.raises(error, match=message):
        api_with(network).schema()


def test_wrong_fields_come_with_their_messages() -> None:
    errors = [
        {"field": "age", "code": "missing_value", "message": "age: no value"},
        {"field": "income", "code": "not_a_number", "message": "income: not a number"},
    ]
    network = Recorder(422, json.dumps({"detail": "2", "errors": errors}).encode())

    with pytest.raises(CustomerRefused) as caught:
        api_with(network).predict({})

    assert caught.value.messages == {"age": "age: no value", "income": "income: not a number"}


def test_nobody_answering_is_told_with_the_address() -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"

    with pytest.raises(ApiUnreachable, match=url):
        Api(url, signs=False).schema()


def settings(**changed: str) -> Mapping[str, str]:
    return {
        "API_URL": f"{URL}/",
        "UPLOADS_BUCKET": "u",
        "RESULTS_BUCKET": "r",
        "SEGMENT_REGISTRY": "s3://m",
        **changed,
    }


def test_settings_name_the_system_and_whether_to_sign() -> None:
    assert Settings.from_env(settings()) == Settings(URL, "u", "r", "s3://m")
    assert Settings.from_env(settings()).signs
    assert not Settings.from_env(settings(API_URL="http://127.0.0.1:8701")).signs


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"API_URL": "http://api.example.com"}, "expected https"),
        ({"API_URL": "file:///etc/passwd"}, "expected https"),
        ({"API_URL": "", "RESULTS_BUCKET": ""}, "API_URL: missing.*RESULTS_BUCKET: missing"),
    ],
)
def test_settings_that_would_not_do_are_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Settings.from_env(settings(**changed))
