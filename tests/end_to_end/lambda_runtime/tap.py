"""A tap in the pipe to a server: while it is closed, callers are connected and hear nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Tap:
    """Listens on loopback and passes bytes on to a server and back, if it is open.

    Parameters
    ----------
    url
        Where the server is.
    """

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (str(target.hostname), int(target.port or 0))
        self._listener = socket.create_server((HOST, 0))
        self._sockets = [self._listener]
        self.is_open = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://{HOST}:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += [caller, server]
                for source, sink in ((caller, server), (server, caller)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.is_open:  # what comes while it is closed is lost
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
