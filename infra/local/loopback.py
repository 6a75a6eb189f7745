"""HTTP servers on loopback: Werkzeug's, with connections that stay open.

Werkzeug closes the connection after each answer; API Gateway does not, and neither does
`LoopbackServer`. As in Werkzeug, a chunk with an extension and a body with trailers are refused.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable

from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from infra.local.errors import StartError

HOST = "127.0.0.1"
LISTEN_QUEUE = 1024  # callers that connect at the same moment; the kernel may have a lower limit
POLL_SECONDS = 0.1  # how long a stop waits for the accepting thread, at most


def listen(port: int) -> socket.socket:
    """A socket that listens on a port of loopback; 0 takes any free one.

    Raises
    ------
    StartError
        The port is taken.
    """
    try:
        return socket.create_server((HOST, port), backlog=LISTEN_QUEUE)
    except OSError as exc:
        raise StartError(
            f"port {port} on {HOST}: {os.strerror(exc.errno or 0)}; "
            "give another one with --port, or 0 for any"
        ) from exc


def error_message(status: int) -> Response:
    """An error as API Gateway makes it: ``{"message"}`` with the status's name."""
    text = json.dumps({"message": HTTP_STATUS_CODES[status]}, separators=(",", ":"))
    return Response(text, status, content_type="application/json")


class LoopbackServer(ThreadedWSGIServer):
    """An HTTP server with a thread for each connection.

    Parameters
    ----------
    port : int
        The port on 127.0.0.1; 0 for any free one. Callers can connect from now on, and wait.
    answer : callable
        Answers a request whose body is read. An HTTPException becomes an `error_message`.
    max_body_bytes : int
        A larger body is answered with status 413.

    Raises
    ------
    StartError
        The port is taken.
    """

    daemon_threads = False  # server_close() waits for them

    def __init__(
        self, port: int, answer: Callable[[Request], Response], max_body_bytes: int
    ) -> None:
        self.answer = answer
        self.max_body_bytes = max_body_bytes
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(POLL_SECONDS,), daemon=True
        )
        with listen(port) as listener:
            application = Request.application(answer)
            super().__init__(HOST, port, application, _Handler, fd=listener.fileno())

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port and the idle connections, and wait until no request is under way."""
        if self._thread.is_alive():
            self.shutdown()
            for connection in list(self._connections):
                with contextlib.suppress(OSError):  # closed meanwhile
                    connection.shutdown(socket.SHUT_RD)
            self._thread.join()
        self.server_close()

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Start the thread of a new connection."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Close a connection."""
        self._connections.discard(request)
        super().shutdown_request(request)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open
    disable_nagle_algorithm = True  # a body right after its headers would wait 40 ms
    timeout = 60
    # The answer to what is no request.
    error_content_type = "application/json"
    error_message_format = '{"message":"%(explain)s"}'
    server: LoopbackServer

    def run_wsgi(self) -> None:
        """Answer one request, in place of Werkzeug's method, which then closes the connection."""
        request = Request(self.make_environ())
        # As sent: Werkzeug capitalises methods, and leaves out headers with an underscore.
        request.method, request.headers = self.command, Headers(self.headers.items())
        try:
            self._read_body(request)
            self._send(self.server.answer(request), request)
        except HTTPException as exc:
            response = error_message(exc.code or 500)
            response.headers["Connection"] = "close"  # there may be more of the body
            self._send(response, request)
            self._skip()

    def _read_body(self, request: Request) -> None:
        if not self.headers.get("Content-Length", "0").strip().isdecimal():
            raise BadRequest
        # Werkzeug cuts a chunked body off there, without a word.
        request.max_content_length = self.server.max_body_bytes + 1
        if len(request.get_data()) > self.server.max_body_bytes:
            raise RequestEntityTooLarge

    def _send(self, response: Response, request: Request) -> None:
        content, _, headers = response.get_wsgi_response(request.environ)
        self.send_response(response.status_code)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.writelines(content)

    def _skip(self) -> None:
        """Read what else comes: many callers look at the answer only when all is sent."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while self.rfile.read(65536):
                pass

    def version_string(self) -> str:
        """No product and version in answers."""
        return "local"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: `answer` sees the requests."""
