"""``segment up`` as a user runs it: a process that starts, tells, and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SEGMENT = Path(sys.executable).with_name("segment")


@contextmanager
def segment_up(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [str(SEGMENT), "up", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return [int(line) for line in listed.split()]


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text(encoding="utf-8").rsplit(")", 1)[-1].split()[0] != "Z"


def answers(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((str(address.hostname), int(address.port or 0))) == 0


def in_the_end(holds: Any) -> bool:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(holds())


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_tells_its_addresses_and_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    with segment_up("--port", "0", "--folder", str(tmp_path), "--json") as process:
        addresses = json.loads(first_line(process))
        children = children_of(process.pid)
        assert {"endpoint_url", "api_url", "uploads_bucket", "registry"} <= set(addresses)
        assert answers(addresses["endpoint_url"])
        assert answers(addresses["api_url"])
        assert (tmp_path / "env.sh").exists()
        assert len(children) == 3  # moto and two functions

        process.send_signal(number)
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, output, errors) == (0, "", "")
    assert not any(is_running(child) for child in children)
    assert not answers(addresses["endpoint_url"])
    assert not answers(addresses["api_url"])
    assert {file.name for file in tmp_path.iterdir()} == {
        ".gitignore",
        "PredictFunction.log",
        "ScoreFunction.log",
        "aws.log",
    }


@pytest.mark.slow
def test_its_processes_end_even_when_it_is_killed(tmp_path: Path) -> None:
    with segment_up("--port", "0", "--folder", str(tmp_path), "--json") as process:
        first_line(process)
        children = children_of(process.pid)
        process.kill()
        process.wait()

        assert len(children) == 3
        assert in_the_end(lambda: not any(is_running(child) for child in children))


@pytest.mark.slow
def test_for_people_it_prints_lines_to_paste(tmp_path: Path) -> None:
    with segment_up("--port", "0", "--folder", str(tmp_path)) as process:
        assert in_the_end((tmp_path / "env.sh").exists)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert f"source {tmp_path}/env.sh" in output
    assert "aws s3 cp customers.csv s3://$UPLOADS_BUCKET/" in output
    assert "Ctrl-C stops it" in output


def test_a_port_that_is_taken_is_refused_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [str(SEGMENT), "up", "--port", str(port), "--folder", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"Error: port {port} on 127.0.0.1: Address already in use; "
        "give another one with --port, or 0 for any"
    ]


def test_a_port_that_is_none_is_wrong_usage() -> None:
    done = subprocess.run(
        [str(SEGMENT), "up", "--port", "many"],
        capture_output=True,
        check=False,
        env={**os.environ},
    )

    assert done.returncode == 2
