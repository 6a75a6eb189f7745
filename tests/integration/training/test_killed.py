"""A run that is killed in the middle of its work leaves the registry as it was."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.cli import segment
from tests.support.customers import sample_file

SECONDS = 120


@pytest.mark.slow
def test_a_killed_fit_leaves_the_registry_as_it_was(tmp_path: Path) -> None:
    customers, registry = sample_file(tmp_path / "customers.csv", 300), tmp_path / "registry"
    few = ("--k-max", 3, "--starts", 1, "--gap-references", 0, "--bootstraps", 0, "--json")
    assert segment("fit", customers, "--registry", registry, *few).code == 0
    before = {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()}

    # Progress goes to a terminal only, so the run gets one: it tells when the work is under way.
    terminal, its_end = pty.openpty()
    fit = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("segment"), "fit", customers),
            *("--registry", registry, "--promote", "--starts", "100000"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=its_end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(its_end)
    try:
        shown = until(terminal, "k = 2")
        assert fit.poll() is None, shown
    finally:
        fit.kill()
        fit.wait()
        os.close(terminal)

    assert {path: path.read_bytes() for path in registry.rglob("*") if path.is_file()} == before
    assert [one["version"] for one in listed(registry)] == ["v1"]


def listed(registry: Path) -> list[dict[str, object]]:
    versions = segment("models", "list", "--registry", registry, "--json").json["versions"]
    assert isinstance(versions, list)
    return versions


def until(terminal: int, words: str) -> str:
    shown, end = "", time.monotonic() + SECONDS
    while words not in shown:
        assert time.monotonic() < end, shown
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                shown += os.read(terminal, 65_536).decode(errors="replace")
            except OSError:  # the other end is closed
                raise AssertionError(f"ended early: {shown}") from None
    return shown
