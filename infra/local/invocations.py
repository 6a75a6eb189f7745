"""Lambda's Invoke for the state machines that moto runs.

moto sends every call of a state machine to one port of this machine, and runs functions in Docker
only. So that port is ours: calls of functions go to the functions here, all else on to moto.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import BadGateway
from werkzeug.wrappers import Request, Response

from infra.local.errors import FunctionError
from infra.local.loopback import LoopbackServer

Invoke = Callable[[Any], Any]

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_OF_THE_CONNECTION = {"connection", "date", "server", "transfer-encoding"}
MAX_BODY_BYTES = 5 * 1024**3  # S3's limit for an object in one piece
SECONDS = 960.0


class Invocations:
    """An AWS endpoint that invokes our functions, and passes on all else.

    Attributes
    ----------
    functions : mapping
        What invokes each function, by its ARN: takes the event and gives the result, or raises a
        FunctionError. To be set before the first call.
    endpoint_url : str
        The address of moto. To be set before the first call.
    """

    def __init__(self) -> None:
        self.functions: Mapping[str, Invoke] = {}
        self.endpoint_url = ""
        self._server = LoopbackServer(0, self._answer, MAX_BODY_BYTES)
        self._server.start()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._server.port

    def stop(self) -> None:
        """Close the port. A call under way ends with its function, or with moto."""
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        invoke = _INVOKE.fullmatch(request.path)
        if invoke and request.method == "POST":
            return self._invoke(invoke["name"], request.get_data())
        return self._passed_on(request)

    def _invoke(self, name: str, body: bytes) -> Response:
        function = self.functions.get(name)
        if function is None:
            missing = {"Type": "User", "Message": f"Function not found: {name}"}
            headers = {"x-amzn-errortype": "ResourceNotFoundException"}
            return Response(json.dumps(missing), HTTPStatus.NOT_FOUND, headers)
        try:
            return Response(json.dumps(function(json.loads(body))))
        except FunctionError as exc:
            error = {"errorType": exc.error_type, "errorMessage": exc.error_message}
            return Response(json.dumps(error), headers={"x-amz-function-error": "Unhandled"})

    def _passed_on(self, request: Request) -> Response:
        target = request.environ["RAW_URI"]
        moto = http.client.HTTPConnection(urlsplit(self.endpoint_url).netloc, timeout=SECONDS)
        with contextlib.closing(moto):
            try:
                moto.request(request.method, target, request.get_data(), dict(request.headers))
                answer = moto.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException) as exc:
                raise BadGateway from exc
        headers = [
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in _OF_THE_CONNECTION
        ]
        return Response(body, answer.status, headers)
