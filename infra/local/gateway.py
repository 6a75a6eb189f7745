"""The HTTP API on loopback: plays API Gateway before the function.

Not as in AWS: requests are not authorised (whoever can reach loopback may call), not throttled, and
there is no CORS and no access log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic
from typing import Any

from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import get_path_info

from infra.local.errors import EventTooLargeError, FunctionError
from infra.local.gateway_payload import event_for, response_from
from infra.local.loopback import HOST, LoopbackServer, error_message
from infra.local.routes import find_route

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
    on_request : callable
        Told of every request, its answer and the seconds it took.

    Raises
    ------
    StartError
        The port is taken.
    """

    def __init__(self, port: int, on_request: OnRequest) -> None:
        self._on_request = on_request
        self._calls = ThreadPoolExecutor(thread_name_prefix="gateway")
        self._server = LoopbackServer(port, self._answer, MAX_BODY_BYTES)

    @property
    def url(self) -> str:
        """The API's address."""
        return f"http://{HOST}:{self._server.port}"

    def start(self, api_id: str, functions: Mapping[str, Callable[[Any], Any]]) -> None:
        """Begin to answer.

        Parameters
        ----------
        api_id : str
            What the events carry as ``apiId``.
        functions : mapping
            What invokes the function of each route, by route key.
        """
        self._api_id = api_id
        self._functions = functions
        self._server.start()

    def stop(self) -> None:
        """Close the port. A request under way ends with its function."""
        self._server.stop()
        self._calls.shutdown(cancel_futures=True)

    def _answer(self, request: Request) -> Response:
        started = monotonic()
        response = self._response(request)
        self._on_request(request, response, monotonic() - started)
        return response

    def _response(self, request: Request) -> Response:
        route = find_route(self._functions, request.method, get_path_info(request.environ))
        if route is None:
            return error_message(HTTPStatus.NOT_FOUND)
        event = event_for(request, route, self._api_id)
        call = self._calls.submit(self._functions[route], event)
        try:
            # The gateway gives up; the function itself runs on to its own timeout.
            return response_from(call.result(INTEGRATION_TIMEOUT_SECONDS))
        except TimeoutError:
            return error_message(HTTPStatus.SERVICE_UNAVAILABLE)
        except EventTooLargeError:
            return error_message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except FunctionError:
            return error_message(HTTPStatus.INTERNAL_SERVER_ERROR)
