"""What the proofs have checked stands at the end in figures, and in a file if asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.stress.proof.figures import Figures, kind_of

FIGURES = pytest.StashKey[dict[str, Figures]]()
LINES = pytest.StashKey[list[str]]()

SUITES = {"test_delivery": "every schedule", "test_faults": "faults"}
"""By module; the others are checks of the means."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", type=Path, help="write what was proved to a JSON file")


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(FIGURES, {})
    config.stash.setdefault(LINES, [])


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Add a line, and counts by name, to the figures."""
    config, figures = request.config, _figures(request.node)

    def add(line: str, **counts: int) -> None:
        config.stash[LINES].append(line)
        figures.counts.update(counts)

    return add


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    figures = _figures(item)
    figures.seconds += call.duration
    figures.counts["skipped"] += report.skipped
    if report.failed:
        kind = kind_of(call.excinfo.value if call.excinfo else None)
        figures.broken[kind].append(f"{item.nodeid}: {report.when}")
    return report


def _figures(item: pytest.Item) -> Figures:
    suite = SUITES.get(item.path.stem, item.path.stem)
    return item.config.stash[FIGURES].setdefault(suite, Figures(suite))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures."""
    lines = config.stash[LINES]
    if lines:
        terminalreporter.section("what was proved")
    for line in lines:
        terminalreporter.write_line(line)
    path: Path | None = config.getoption("figures", None)
    if path is not None:
        suites = [figures.document() for figures in config.stash[FIGURES].values()]
        path.write_text(json.dumps({"suites": suites}), encoding="utf-8")
