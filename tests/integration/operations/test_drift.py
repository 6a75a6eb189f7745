"""``segment drift``: what past reports say, with indices worked out by numpy."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.integration.operations.conftest import System
from tests.support.cli import segment
from tests.support.csvs import mall_csv

SVG = "{http://www.w3.org/2000/svg}"


def customers(men: int, women: int, *, age: int = 40) -> bytes:
    """Customers of whom every other one has a low income and score, as in the training."""
    genders = ["Male"] * men + ["Female"] * women
    return mall_csv(
        *(
            f"{n},{gender},{age},{10 + 80 * (n % 2)},{10 + 80 * (n % 2)}"
            for n, gender in enumerate(genders)
        )
    )


def psi(expected: list[float], found: list[float]) -> float:
    """The index, with shares floored at 1e-4."""
    p, q = (np.maximum(np.array(shares), 1e-4) for shares in (expected, found))
    return float(np.sum((q - p) * np.log(q / p)))


@pytest.fixture
def scored(system: System) -> System:
    system.scored("november/1.csv", customers(35, 45))  # gender as in the training
    system.scored("november/2.csv", customers(50, 30))
    system.scored("november/small.csv", customers(10, 2))
    system.scored("november/photo.csv", b"\x00\x01")
    system.scored("october/1.csv", customers(60, 20))
    return system


@pytest.mark.usefixtures("scored")
def test_every_report_is_read_and_its_indices_are_those_of_the_formula() -> None:
    told = segment("drift", "november/", "--json").json

    reports = {one["upload"]: one for one in told["reports"]}
    assert set(reports) == {"november/1.csv", "november/2.csv", "november/small.csv"}
    assert told["without_drift"] == 1
    first, second = reports["november/1.csv"], reports["november/2.csv"]
    assert (first["rows"], first["model_version"]) == (80, "v1")
    assert first["indices"]["gender"] == {"psi": 0.0, "band": "none"}
    moved = second["indices"]["gender"]
    assert moved["psi"] == pytest.approx(psi([0.5625, 0.4375], [0.375, 0.625]))
    assert moved["band"] == "moderate"
    # All ages are in the middle one of three bins.
    assert second["indices"]["age"]["psi"] == pytest.approx(psi([0.25, 0.5, 0.25], [0, 1, 0]))
    assert second["indices"]["age"]["band"] == "large"
    assert {one["band"] for one in reports["november/small.csv"]["indices"].values()} == {
        "too few rows"
    }
    assert told["drifted"]["gender"] == 1
    assert told["drifted"]["age"] == 2


@pytest.mark.usefixtures("scored")
def test_a_time_limits_the_reports() -> None:
    assert len(segment("drift", "--since", "1h", "--json").json["reports"]) == 4
    assert segment("drift", "--since", "2999-01-01", "--json").json["reports"] == []


@pytest.mark.usefixtures("scored")
def test_people_see_what_moved_most_and_a_row_of_bars_for_each_feature() -> None:
    outcome = segment("drift")

    row = next(line for line in outcome.out.splitlines() if "november/2.csv" in line)
    assert "age" in row
    assert "large" in row
    # 0; then 0.1875 (ln 1.5 + ln 1.4286) = 0.143, 2.3 eighths of 0.5; too few; then
    # 0.3125 (ln 2.25 + ln 1.7143) = 0.422, 6.8 eighths.
    trend = next(line for line in outcome.out.splitlines() if line.split()[:1] == ["gender"])
    assert "▁▃·▇" in trend
    assert "2 of 4" in trend
    assert "4 reports in s3://results/reports/: 3 with drift, 1 more" in outcome.err


@pytest.mark.usefixtures("scored")
def test_a_chart_has_a_line_for_each_feature_and_no_point_where_rows_are_few(
    tmp_path: Path,
) -> None:
    outcome = segment("drift", "november/", "--plot", tmp_path / "drift.svg")

    assert outcome.code == 0
    chart = ET.fromstring((tmp_path / "drift.svg").read_text(encoding="utf-8"))
    lines = chart.findall(f"{SVG}polyline")
    assert len(lines) == 5
    assert {len(line.attrib["points"].split()) for line in lines} == {2}
    words = {text.text for text in chart.iter(f"{SVG}text")}
    assert {"gender", "age", "annual_income", "spending_score", "segments"} <= words
    assert {"0.1 moderate", "0.25 large"} <= words


def test_a_page_has_all_figures_and_runs_nothing_of_a_name(scored: System, tmp_path: Path) -> None:
    scored.scored("<script>alert(1)</script>.csv", customers(35, 45))

    segment("drift", "--plot", tmp_path / "drift.html")

    page = (tmp_path / "drift.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "november/2.csv" in page
    assert '<td class="moderate">0.143 moderate</td>' in page


@pytest.mark.usefixtures("scored")
def test_a_key_and_a_damaged_report_do_no_harm(scored: System) -> None:
    scored.scored("a\x1b[2J.csv", customers(35, 45))
    scored.s3.put_object(Bucket="results", Key="reports/else.json", Body=b"[1]")

    outcome = segment("drift")

    assert "a\\x1b[2J.csv" in outcome.out
    assert "2 more of uploads without a scored row" in outcome.err


@pytest.mark.usefixtures("system")
def test_without_reports_there_is_nothing_to_show_and_a_chart_all_the_same(tmp_path: Path) -> None:
    outcome = segment("drift", "--plot", tmp_path / "drift.svg")

    assert (outcome.code, outcome.out) == (0, "")
    assert "0 reports" in outcome.err
    ET.fromstring((tmp_path / "drift.svg").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("system")
def test_wrong_usage_is_named(tmp_path: Path) -> None:
    assert "ends in .svg or .html" in segment("drift", "--plot", tmp_path / "drift.png").err
    assert segment("drift", "--results", "nowhere").refusal == (
        'there is no bucket "nowhere", expected the results bucket'
    )
