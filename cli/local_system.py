"""Run the local stack until somebody stops it: what ``segment up`` does."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console

from cli.outcomes import outcomes
from cli.tables.local_system import show_outcome, show_ready, show_request
from infra.local.poller import Delivery
from infra.local.stack import LocalStack


def run(port: int, folder: Path, as_json: bool) -> None:
    """Start the stack, tell what happens in it, and stop it on Ctrl-C or SIGTERM.

    Parameters
    ----------
    port : int
        The AWS endpoint's port; the HTTP API is on the next one. 0: any two free ones.
    folder : Path
        Where ``env.sh``, ``env.json`` and the logs go.
    as_json : bool
        Print one JSON object with the addresses and nothing else.

    Raises
    ------
    LocalStackError
        It cannot start.
    """
    console = Console(quiet=as_json)

    def on_delivery(delivery: Delivery) -> None:
        for outcome in outcomes(delivery, stack.results_bucket, stack.client("s3")):
            show_outcome(console, outcome, stack.max_attempts)

    stack = LocalStack(
        port,
        folder=folder,
        on_delivery=on_delivery,
        on_request=partial(show_request, console),
    )
    started = time.monotonic()
    with _stop_signals() as received, ExitStack() as running:
        with console.status("Starting the local stack"):
            running.enter_context(stack)
        if as_json:
            sys.stdout.write(json.dumps(_addresses(stack)) + "\n")
            sys.stdout.flush()
        show_ready(console, stack, time.monotonic() - started)
        received.recv(1)
        console.print("Stopping")


def _addresses(stack: LocalStack) -> dict[str, object]:
    return {
        "endpoint_url": stack.endpoint_url,
        "api_url": stack.api_url,
        "uploads_bucket": stack.uploads_bucket,
        "results_bucket": stack.results_bucket,
        "models_bucket": stack.models_bucket,
        "registry": stack.registry,
        "environment": stack.environment,
    }


@contextmanager
def _stop_signals() -> Iterator[socket.socket]:
    """A byte arrives for Ctrl-C, SIGTERM or a closed terminal; a second one ends the hard way.

    Not an Event: a signal that comes while the main thread is about to wait for one is lost, or
    waits for the lock that its own thread holds.
    (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd)
    """

    def only_once(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)

    received, sent = socket.socketpair()
    with received, sent:
        sent.setblocking(False)
        wakeup_before = signal.set_wakeup_fd(sent.fileno())
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, only_once) for number in numbers}
        try:
            yield received
        finally:
            signal.set_wakeup_fd(wakeup_before)
            for number, handler in before.items():
                signal.signal(number, handler)
