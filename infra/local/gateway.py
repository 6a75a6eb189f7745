"""The HTTP API on loopback: plays API Gateway before the function.

Not as in AWS: requests are not authorised (whoever can reach loopback may call), not throttled, and
there is no CORS and no access log.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

from infra.local.errors import EventTooLargeError, FunctionError
from infra.local.function import LocalFunction
from infra.local.gateway_payload import Request, Response, event_for, gateway_error, response_from
from infra.local.ports import HOST, check_free
from infra.local.routes import Route, find_route

# Quotas of HTTP APIs (Amazon API Gateway developer guide).
MAX_BODY_BYTES = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_SECONDS = 30.0

OnRequest = Callable[[Request, Response, float], None]


class Gateway:
    """An HTTP server that hands each request to the function of its route.

    Parameters
    ----------
    port : int
        The port on 127.0.0.1; 0 for any free one.
    api_id : str
        What the events carry as ``apiId``.
    routes : sequence of Route
    functions : mapping
        The functions by their ARNs.
    on_request : callable
        Told of every request, its answer and the seconds it took.
    """

    def __init__(
        self,
        port: int,
        api_id: str,
        routes: Sequence[Route],
        functions: Mapping[str, LocalFunction],
        on_request: OnRequest,
    ) -> None:
        check_free(port)
        self._api_id = api_id
        self._routes = routes
        self._functions = functions
        self._on_request = on_request
        self._calls = ThreadPoolExecutor(thread_name_prefix="gateway")
        self._server = _Server((HOST, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://{HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port. A request under way ends with its function."""
        self._server.shutdown()
        self._server.server_close()
        self._calls.shutdown(wait=False, cancel_futures=True)

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        started = monotonic()
        response = self._answer(request)
        self._on_request(request, response, monotonic() - started)
        return response

    def _answer(self, request: Request) -> Response:
        route = find_route(self._routes, request.method, request.path)
        if route is None:
            return gateway_error(HTTPStatus.NOT_FOUND)
        event = event_for(request, route.key, self._api_id)
        call = self._calls.submit(self._functions[route.function_arn].invoke, event)
        try:
            # The gateway gives up; the function itself runs on to its own timeout.
            return response_from(call.result(INTEGRATION_TIMEOUT_SECONDS))
        except FutureTimeoutError:
            return gateway_error(HTTPStatus.SERVICE_UNAVAILABLE)
        except EventTooLargeError:
            return gateway_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except FunctionError:
            return gateway_error(HTTPStatus.INTERNAL_SERVER_ERROR)


class _BodyError(Exception):
    """A body that the gateway does not take."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


def _checked_size(text: str | bytes, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        size = -1
    if size < 0:
        raise _BodyError(HTTPStatus.BAD_REQUEST)
    if size > MAX_BODY_BYTES:
        raise _BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return size


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], gateway: Gateway) -> None:
        super().__init__(address, _Handler)
        self.gateway = gateway

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True  # a body right after its headers would wait 40 ms
    timeout = 60
    server: _Server

    def _handle(self) -> None:
        try:
            body = self._chunks() if self._is_chunked() else self._sized_body()
        except _BodyError as exc:
            self.close_connection = True  # what is left of the body is not read
            self._send(gateway_error(exc.status))
            return
        request = Request(
            method=self.command,
            target=self.path,
            protocol=self.request_version,
            headers=list(self.headers.items()),
            body=body,
            source_ip=str(self.client_address[0]),
        )
        self._send(self.server.gateway.answer(request))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Hand on whatever method a request has: the template's $default route takes them all."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request as the gateway answers errors: JSON, not a page."""
        self.close_connection = True
        self._send(gateway_error(HTTPStatus(code)))

    def _is_chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def _sized_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        try:
            return self.rfile.read(_checked_size(length, 10))
        except _BodyError:
            self._skip(int(length) if length.isdecimal() else 0)
            raise

    def _skip(self, length: int) -> None:
        """Read what is not taken, within reason: most callers look at the answer only after."""
        left = min(length, 10 * MAX_BODY_BYTES)
        while left > 0 and (block := self.rfile.read(min(left, 65536))):
            left -= len(block)

    def _chunks(self) -> bytes:
        body = b""
        while size := _checked_size(self.rfile.readline().partition(b";")[0], 16):
            _checked_size(str(len(body) + size), 10)
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def version_string(self) -> str:
        """No product and version in answers."""
        return "local"

    def log_message(self, format: str, *args: object) -> None:
        """Requests are told to ``on_request`` and not to standard error."""
