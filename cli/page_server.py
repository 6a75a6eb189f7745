"""The console's page, served by Streamlit in a process of its own for as long as a block runs."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

HOST = "127.0.0.1"
START_SECONDS = 120.0
STOP_SECONDS = 10.0


class PageServer:
    """The running page.

    Parameters
    ----------
    port
        Where it listens on 127.0.0.1.
    process
        Streamlit.
    """

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.url = f"http://{HOST}:{port}"
        self._process = process

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises
        ------
        click.ClickException
            It does not.
        """
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{self.url}/_stcore/health"):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise click.ClickException(f"the console did not start at {self.url}")
            time.sleep(0.2)

    def wait(self) -> None:
        """Wait until it ends.

        Raises
        ------
        click.ClickException
            It ended by itself.
        """
        code = self._process.wait()
        raise click.ClickException(f"the console ended with exit code {code}")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()


@contextmanager
def page_server(environment: Mapping[str, str], port: int) -> Iterator[PageServer]:
    """Serve the page while the block runs.

    Parameters
    ----------
    environment
        Its environment variables: they say which system it shows.
    port
        Where to listen on 127.0.0.1; 0 for any free port.

    Raises
    ------
    click.ClickException
        The port is taken, or it does not start.
    """
    port = _free(port)
    command = [sys.executable, "-m", "console"]
    command += ["--server.headless", "true", "--server.port", str(port)]
    with subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,  # closes when we are gone, and it ends then
        stdout=subprocess.DEVNULL,  # its own greeting
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop it
    ) as process:
        server = PageServer(port, process)
        try:
            server.wait_until_ready()
            yield server
        finally:
            server.stop()


def answers(url: str) -> bool:
    """Tell whether an HTTP server answers there, whatever it says."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _free(port: int) -> int:
    try:
        with socket.create_server((HOST, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as exc:
        raise click.ClickException(
            f"port {port} on {HOST}: {exc.strerror}; give another one with --port, or 0 for any"
        ) from exc
