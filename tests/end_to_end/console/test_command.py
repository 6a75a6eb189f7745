"""`segment console`: which system it opens, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli.page_server import answers
from infra.local import LocalStack
from infra.local.environment import read_shell_file, write_shell_file
from tests.support.cli import segment

SEGMENT = Path(sys.executable).parent / "segment"


def test_a_system_that_is_named_in_part_is_asked_for_the_rest() -> None:
    outcome = segment("console", "--api", "https://api.example.com", "--uploads", "u")

    assert outcome.code == 2
    assert "where is the results bucket?" in outcome.err


def test_a_port_that_is_taken_is_refused(console: Mapping[str, str]) -> None:
    port = console["API_URL"].rpartition(":")[2]

    assert f"port {port} on 127.0.0.1" in segment("console", "--port", port).refusal


def test_the_variables_of_a_running_stack_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "env.sh"
    variables = {"API_URL": "http://127.0.0.1:8701", "AWED": "a 'b' = \"c\""}
    write_shell_file(path, variables)

    assert read_shell_file(path) == variables
    assert read_shell_file(tmp_path / "none.sh") == {}


@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["told", "killed"],
)
def test_it_opens_the_system_of_the_environment_and_leaves_nothing_behind(
    stack: LocalStack, environment: Mapping[str, str], how: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [SEGMENT, "console", "--json", "--port", "0"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            text = ""
            while not text.endswith("}\n"):
                line = process.stdout.readline()
                assert line, process.communicate()[1]
                text += line
            opened = json.loads(text)
            assert opened["API_URL"] == stack.api_url
            assert opened["SEGMENT_REGISTRY"] == stack.registry
            assert answers(opened["url"])
        finally:
            process.send_signal(how)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == ""
    deadline = time.monotonic() + 60
    while answers(opened["url"]):
        assert time.monotonic() < deadline, "the page outlived its command"
        time.sleep(0.2)
