"""The commands that the demo shows and runs: those that a user would type."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from cli.demo.errors import DemoFailed, check

BIN = Path(sys.executable).parent  # segment and aws of this very environment
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class Commands:
    """Runs commands in a folder.

    Parameters
    ----------
    console : Console
        Shows each command line.
    folder : Path
        Where they run.
    """

    def __init__(self, console: Console, folder: Path) -> None:
        self._console = console
        self._folder = folder
        self._environment = dict(os.environ)

    def point_at(self, environment: Mapping[str, str]) -> None:
        """Let the commands that follow see these variables, and no AWS setting of the user's."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = {**own, **environment}

    def run(self, *command: str) -> str:
        """Run a command to its end and return what it printed.

        Raises
        ------
        DemoFailed
            It failed.
        """
        self._show(command)
        with self._console.status("Working"):
            done = subprocess.run(
                [str(BIN / command[0]), *command[1:]],
                cwd=self._folder,
                env=self._environment,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise DemoFailed(f"{command[0]} {command[1]} failed: {done.stderr.strip()}")
        return done.stdout

    @contextmanager
    def background(self, *command: str) -> Iterator[dict[str, Any]]:
        """Run a command while the block runs, and give the JSON object that it prints first.

        Raises
        ------
        DemoFailed
            It did not start, or did not end well when it was told to.
        """
        self._show((*command, "&"))
        with subprocess.Popen(
            [str(BIN / command[0]), *command[1:]],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            too_slow = threading.Timer(START_SECONDS, process.kill)
            too_slow.start()
            try:
                with self._console.status("Starting"):
                    line = process.stdout.readline() if process.stdout else ""
                too_slow.cancel()
                if not line:
                    _, errors = process.communicate()
                    raise DemoFailed(f"{command[0]} {command[1]} did not start: {errors.strip()}")
                yield json.loads(line)
            finally:
                too_slow.cancel()
                _stop(process)
        check(process.returncode == 0, f"{command[0]} {command[1]} ended with {process.returncode}")

    def _show(self, command: tuple[str, ...]) -> None:
        line = " ".join(f'"{part}"' if " " in part else part for part in command)
        self._console.print(f"[cyan]$ {escape(line)}[/]", soft_wrap=True, highlight=False)


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
