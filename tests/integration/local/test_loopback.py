"""The HTTP server under the gateway: many callers, open connections, bodies, and a clean end."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from werkzeug.wrappers import Request, Response

from infra.local.errors import StartError
from infra.local.loopback import HOST, LoopbackServer

MAX_BODY_BYTES = 1000
SECONDS = 30.0  # far more than anything here takes, and less than the server waits for a caller

Start = Callable[..., LoopbackServer]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stops:

        def started(answer: Callable[[Request], Response]) -> LoopbackServer:
            server = LoopbackServer(0, answer, MAX_BODY_BYTES)
            stops.callback(server.stop)
            server.start()
            return server

        yield started


@pytest.fixture
def server(start: Start) -> LoopbackServer:
    return start(echo)


@pytest.fixture
def caller(server: LoopbackServer) -> Iterator[http.client.HTTPConnection]:
    with closing(connected(server)) as connection:
        yield connection


def echo(request: Request) -> Response:
    return Response(request.get_data())


def connected(server: LoopbackServer) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(HOST, server.port, timeout=SECONDS)
    connection.connect()
    return connection


def own_port(connection: http.client.HTTPConnection) -> int:
    assert connection.sock is not None, "the server closed the connection"
    port: int = connection.sock.getsockname()[1]
    return port


def test_a_hundred_callers_can_wait_for_the_server_to_begin() -> None:
    server = LoopbackServer(0, echo, MAX_BODY_BYTES)
    with ExitStack() as stack:
        stack.callback(server.stop)
        callers = [stack.enter_context(closing(connected(server))) for _ in range(100)]
        server.start()
        for number, connection in enumerate(callers):
            connection.request("POST", "/", str(number))

        answers = [connection.getresponse().read() for connection in callers]

    assert answers == [str(number).encode() for number in range(100)]


def test_two_hundred_connections_are_open_at_once_and_all_are_answered(
    server: LoopbackServer,
) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(200) as pool:
        opened = list(pool.map(lambda _: connected(server), range(200)))
        callers = [stack.enter_context(closing(connection)) for connection in opened]
        for number, connection in enumerate(callers):
            connection.request("POST", "/", str(number))

        answers = [connection.getresponse().read() for connection in callers]

    assert answers == [str(number).encode() for number in range(200)]


def test_fifty_callers_send_all_their_requests_over_one_connection_each(
    server: LoopbackServer,
) -> None:
    together = threading.Barrier(50)

    def call(number: int) -> tuple[set[int], list[bytes]]:
        ports, answers = set(), []
        with closing(connected(server)) as connection:
            for turn in range(5):
                together.wait(SECONDS)
                ports.add(own_port(connection))
                connection.request("POST", "/", f"{number}.{turn}")
                answers.append(connection.getresponse().read())
            ports.add(own_port(connection))
        return ports, answers

    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(call, range(50)))

    for number, (ports, answers) in enumerate(results):
        assert len(ports) == 1
        assert answers == [f"{number}.{turn}".encode() for turn in range(5)]


def test_a_caller_that_asks_whether_to_go_on_is_told_so_once(server: LoopbackServer) -> None:
    with socket.create_connection((HOST, server.port), SECONDS) as connection:
        replies = connection.makefile("rb")
        head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nConnection: close\r\n"
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert replies.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert replies.readline() == b"\r\n"

        connection.sendall(b"body")

        assert replies.readline() == b"HTTP/1.1 200 OK\r\n"
        assert replies.read().endswith(b"\r\n\r\nbody")


def test_requests_that_are_sent_ahead_are_answered_in_turn(server: LoopbackServer) -> None:
    first = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\none"
    last = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nConnection: close\r\n\r\ntwo"
    with socket.create_connection((HOST, server.port), SECONDS) as connection:
        connection.sendall(first + last)
        reply = connection.makefile("rb").read()

    assert reply.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert reply.index(b"\r\n\r\none") < reply.index(b"\r\n\r\ntwo")


def test_method_and_header_names_are_seen_as_they_were_sent(start: Start) -> None:
    server = start(lambda request: Response(request.method + request.headers["x_shop"]))
    with closing(connected(server)) as connection:
        connection.request("get", "/", headers={"x_shop": "7"})

        assert connection.getresponse().read() == b"get7"


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000 * MAX_BODY_BYTES])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_is_too_large_is_a_413_and_the_end_of_the_connection(
    caller: http.client.HTTPConnection, size: int, is_chunked: bool
) -> None:
    body = iter([b"x" * size]) if is_chunked else b"x" * size
    caller.request("POST", "/", body, encode_chunked=is_chunked)
    response = caller.getresponse()

    assert (response.status, response.getheader("connection")) == (413, "close")
    assert response.read() == b'{"message":"Request Entity Too Large"}'


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_of_the_largest_size_is_taken(
    caller: http.client.HTTPConnection, is_chunked: bool
) -> None:
    body = b"x" * MAX_BODY_BYTES
    caller.request("POST", "/", iter([body]) if is_chunked else body, encode_chunked=is_chunked)

    assert caller.getresponse().read() == body


def test_a_body_that_breaks_off_is_not_answered_as_if_it_were_whole(start: Start) -> None:
    seen: list[bytes] = []

    def answer(request: Request) -> Response:
        seen.append(request.get_data())
        return Response()

    server = start(answer)
    with socket.create_connection((HOST, server.port), SECONDS) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_WR)
        reply = connection.makefile("rb").read()

    assert reply.startswith(b"HTTP/1.1 400 ")
    assert seen == []


def test_a_stop_answers_what_is_under_way_and_leaves_no_thread_and_no_connection(
    start: Start,
) -> None:
    before = set(threading.enumerate())
    asked, go_on = threading.Event(), threading.Event()

    def answer(request: Request) -> Response:
        if request.path == "/slow":
            asked.set()
            go_on.wait(SECONDS)
        return Response("done")

    server = start(answer)
    with closing(connected(server)) as idle, closing(connected(server)) as busy:
        idle.request("GET", "/")
        assert idle.getresponse().read() == b"done"
        busy.request("GET", "/slow")
        assert asked.wait(SECONDS)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert idle.sock.recv(1) == b""  # closed, though the other request still runs
        go_on.set()
        stopping.join(SECONDS)

        assert set(threading.enumerate()) <= before
        assert busy.getresponse().read() == b"done"
        assert busy.sock is None or busy.sock.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            connected(server)


def test_a_server_that_never_began_can_be_stopped() -> None:
    server = LoopbackServer(0, echo, MAX_BODY_BYTES)

    server.stop()

    with pytest.raises(ConnectionRefusedError):
        connected(server)


def test_a_port_that_is_taken_is_refused(server: LoopbackServer) -> None:
    with pytest.raises(
        StartError, match=f"port {server.port} on 127.0.0.1: Address already in use; "
    ):
        LoopbackServer(server.port, echo, MAX_BODY_BYTES)


def test_it_listens_on_loopback_only(server: LoopbackServer) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
