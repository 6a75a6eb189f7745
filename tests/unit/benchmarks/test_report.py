"""The tables and files of what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.report import Goal, Report, goals_table, markdown

BROKEN = Goal("peak memory, MB", 351.0, 350)


def test_a_table_without_lines_is_its_header() -> None:
    assert markdown(["a", "b"], []) == "| a   | b   |\n| --- | --- |\n"


def test_a_broken_promise_stands_out() -> None:
    assert "| peak memory, MB |      351.00 | ≤ 350 | NO   |" in goals_table([BROKEN])


def test_a_report_is_printed_and_written_for_people_and_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("Whole processes.", ["| a |\n", "| b |\n"], [BROKEN], {"results": [1, 2]})

    report.write(tmp_path, "bench", {"cores": 2, "python": "3.11"})

    text = (tmp_path / "bench.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text
    assert text.startswith("Whole processes.\ncores 2, python 3.11.\n\n| a |\n\n| b |\n\n| promise")
    assert json.loads((tmp_path / "bench.json").read_bytes()) == {
        "machine": {"cores": 2, "python": "3.11"},
        "results": [1, 2],
        "goals": [
            {
                "promise": "peak memory, MB",
                "found": 351.0,
                "bound": 350,
                "at_most": True,
                "kept": False,
            }
        ],
    }
