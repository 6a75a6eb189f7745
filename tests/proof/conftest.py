"""What the proofs have checked stands at the end of the run, in figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Add a line to the figures."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures."""
    lines = config.stash.get(FIGURES, [])
    if lines:
        terminalreporter.section("what was proved")
    for line in lines:
        terminalreporter.write_line(line)
