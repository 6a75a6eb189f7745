"""The HTTP API as the console calls it: signed with the user's own credentials, errors in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from console.errors import ApiFailed, ApiForbidden, ApiUnreachable, CustomerRefused, NoModelServes

TIMEOUT_SECONDS = 35
"""The gateway gives up after 30."""

_SERVICE = "execute-api"

Answer = dict[str, Any]


class Api:
    """Calls the API.

    Parameters
    ----------
    url
        Its address, without a slash at its end.
    signs
        Whether requests are signed (SigV4): in AWS yes, on the local stack no.
    session
        Gives the user's credentials and region.
    """

    def __init__(
        self, url: str, *, signs: bool, session: botocore.session.Session | None = None
    ) -> None:
        self.url = url
        self._signs = signs
        self._session = session or botocore.session.get_session()
        self._http = URLLib3Session(proxies=get_environ_proxies(url), timeout=TIMEOUT_SECONDS)

    def predict(self, customer: Mapping[str, object]) -> Answer:
        """Ask for the segment of a customer.

        Raises
        ------
        CustomerRefused
            Fields are wrong.
        ApiUnreachable, ApiForbidden, ApiFailed, NoModelServes
            There is no answer.
        """
        return self._call("POST", "/predictions", json.dumps(customer).encode())

    def schema(self) -> Answer:
        """Ask what a customer is."""
        return self._call("GET", "/schema")

    def segments(self) -> Answer:
        """Ask for the segments of the model that serves."""
        return self._call("GET", "/segments")

    def version(self) -> str:
        """Ask which model answers now."""
        return str(self._call("GET", "/health")["model_version"])

    def _call(self, method: str, path: str, body: bytes = b"") -> Answer:
        request = AWSRequest(
            method, self.url + path, headers={"content-type": "application/json"}, data=body
        )
        if self._signs:
            self._sign(request)
        try:
            response = self._http.send(request.prepare())
            status, content = response.status_code, response.content
        except BotoCoreError as exc:
            raise ApiUnreachable(f"Nothing answers at {self.url}.") from exc
        answer = _json(content)
        if status == 200 and isinstance(answer, dict):
            return answer
        raise _refusal(status, answer if isinstance(answer, dict) else {})

    def _sign(self, request: AWSRequest) -> None:
        try:
            credentials = self._session.get_credentials()
        except BotoCoreError as exc:
            raise ApiForbidden(f"Your AWS credentials cannot be read: {exc}") from exc
        if credentials is None:
            raise ApiForbidden("There are no AWS credentials: sign in first, then try again.")
        region = _region_of(self.url) or self._session.get_config_variable("region")
        if not region:
            raise ApiForbidden("The AWS region is not known: set AWS_REGION and start again.")
        try:
            SigV4Auth(credentials.get_frozen_credentials(), _SERVICE, region).add_auth(request)
        except BotoCoreError as exc:  # a role that cannot be taken, a login that ran out
            raise ApiForbidden(f"Your AWS credentials cannot be used: {exc}") from exc


def _region_of(url: str) -> str | None:
    """Read the region off the API's own address.

    Examples
    --------
    >>> _region_of("https://abc.execute-api.eu-central-1.amazonaws.com")
    'eu-central-1'
    """
    found = re.search(r"\.execute-api\.([a-z0-9-]+)\.", urlsplit(url).hostname or "")
    return found[1] if found else None


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _refusal(status: int, answer: Mapping[str, Any]) -> Exception:
    """Say in an error what an answer other than 200 means."""
    match status:
        case 401 | 403:
            return ApiForbidden(
                "The API does not let you in. Whoever runs the system can allow your AWS user or "
                "role to call it (execute-api:Invoke)."
            )
        case 422 if isinstance(answer.get("errors"), list):
            return CustomerRefused({one["field"]: one["message"] for one in answer["errors"]})
        case 429:
            return ApiFailed("There are too many requests just now. Try again in a moment.")
        case 503 if "detail" in answer:
            return NoModelServes("No model serves.")
        case 503 | 500 | 502 | 504:
            return ApiFailed("The prediction service is there, but could not answer.")
        case _:
            detail = answer.get("detail") or answer.get("message") or "no reason given"
            return ApiFailed(f"The API answered {status}: {detail}")
