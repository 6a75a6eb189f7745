"""The demo shows the whole system, or says what did not happen."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from cli.demo import __main__ as demo
from cli.demo.commands import Commands
from cli.demo.errors import DemoFailed


@pytest.mark.slow
def test_everything_in_the_demo_happens(tmp_path: Path) -> None:
    shown = io.StringIO()

    demo.Demo(Console(file=shown, width=120), None, tmp_path / "demo").run()

    for words in ("5 rejected rows", "unknown_category", "Segments of this upload", "for it"):
        assert words in shown.getvalue()
    files = {file.name for file in (tmp_path / "demo").iterdir()}
    assert {"labelled.parquet", "rejected.csv", "report.json", "model.html"} <= files


def test_a_file_that_is_not_there_fails_before_anything_starts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "demo")

    assert demo.main([str(tmp_path / "nothing.csv")]) == 1
    shown = capsys.readouterr().out
    assert "The demo failed" in shown
    assert "nothing.csv" in shown
    assert "segment up" not in shown


@pytest.mark.slow
def test_a_command_that_fails_fails_the_demo_with_its_own_words(tmp_path: Path) -> None:
    commands = Commands(Console(file=io.StringIO()), tmp_path)

    with pytest.raises(DemoFailed, match=r"segment fit failed: Error: .*nothing\.csv"):
        commands.run("segment", "fit", "nothing.csv")


def test_a_background_command_that_does_not_start_fails_the_demo(tmp_path: Path) -> None:
    commands = Commands(Console(file=io.StringIO()), tmp_path)

    with (
        pytest.raises(DemoFailed, match="segment up did not start: Usage"),
        commands.background("segment", "up", "--port", "none"),
    ):
        pass


def test_more_than_one_argument_is_wrong_usage() -> None:
    assert demo.main(["a.csv", "b.csv"]) == 2
