"""Ports on loopback."""

from __future__ import annotations

import socket

from infra.local.errors import StartError

HOST = "127.0.0.1"


def check_free(port: int) -> None:
    """Refuse a port that somebody else listens on (0, any free port, always passes).

    Raises
    ------
    StartError
        The port is taken.
    """
    with socket.socket() as probe:
        # As the servers do: a port whose last connections are still closing down counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as exc:
            raise StartError(
                f"port {port} on {HOST}: {exc.strerror}; give another one with --port, or 0 for any"
            ) from exc
