"""Lambda's Invoke for the state machines that moto runs.

moto sends every call of a state machine to one port of this machine, and runs functions in Docker
only. So that port is ours: calls of functions go to the functions here, all else on to moto.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from infra.local.errors import FunctionError
from infra.local.ports import HOST

Invoke = Callable[[Any], Any]

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
_INVOKE = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_HOP_BY_HOP = {"connection", "content-length", "transfer-encoding"}
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
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def invoke(self, name: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Run a function; give status, headers and body of the answer."""
        function = self.functions.get(name)
        if function is None:
            missing = {"Type": "User", "Message": f"Function not found: {name}"}
            headers = {"x-amzn-errortype": "ResourceNotFoundException"}
            return 404, headers, json.dumps(missing).encode()
        try:
            return 200, {}, json.dumps(function(json.loads(body))).encode()
        except FunctionError as exc:
            error = {"errorType": exc.error_type, "errorMessage": exc.error_message}
            return 200, {"x-amz-function-error": "Unhandled"}, json.dumps(error).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, invocations: Invocations) -> None:
        super().__init__((HOST, 0), _Handler)
        self.invocations = invocations

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server

    def do_POST(self) -> None:
        self._handle()

    def do_GET(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        invoke = _INVOKE.fullmatch(urlsplit(self.path).path)
        if invoke and self.command == "POST":
            answer = self.server.invocations.invoke(unquote(invoke["name"]), body)
        else:
            answer = self._passed_on(body)
        self._send(*answer)

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        target = urlsplit(self.server.invocations.endpoint_url)
        connection = http.client.HTTPConnection(target.netloc, timeout=SECONDS)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            headers = {
                name: value
                for name, value in answer.getheaders()
                if name.lower() not in _HOP_BY_HOP
            }
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Calls are told of by whoever is called."""
