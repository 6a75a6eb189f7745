"""Processes that tests and benchmarks start: on a free port, and gone when these are."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess

HOST = "127.0.0.1"


def free_ports(number: int) -> list[int]:
    """Ports on loopback that nobody listens on."""
    with contextlib.ExitStack() as sockets:
        open_ones = [sockets.enter_context(socket.create_server((HOST, 0))) for _ in range(number)]
        return [one.getsockname()[1] for one in open_ones]


def ends_with_its_parent(command: list[str]) -> list[str]:
    """The command, ended by the kernel if its parent is killed (where Linux's tools are there)."""
    has_setpriv = shutil.which("setpriv") is not None
    return [*(["setpriv", "--pdeathsig", "TERM", "--"] if has_setpriv else []), *command]


def listens(port: int) -> bool:
    """Whether somebody answers on the port."""
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection((HOST, port), 1):
        return True
    return False


def stop(process: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Ask a process to end, and end it if it does not."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
