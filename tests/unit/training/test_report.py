"""The report: one file, well-formed, complete, and safe whatever stands in the data."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from segmentation.model import Model
from tests.support.customers import read, sample_file
from tests.support.models import shopper_model
from training.charts import line_chart
from training.clustering import Starts
from training.job import Options, train
from training.report import html_report

VOID = {"meta"}


class Checker(HTMLParser):
    """Collects text, and refuses elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def checked(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.open == []
    return checker


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    data = read(sample_file(tmp_path_factory.mktemp("report") / "customers.csv", 200))
    return train(data, Options(starts=Starts.exactly(5), bootstraps=3)).with_version("v3")


def test_every_segment_is_told_with_its_advice(model: Model) -> None:
    text = " ".join(checked(html_report(model)).text)

    for segment in model.segments:
        assert segment.name in text
        assert segment.description in text
        assert segment.advice in text
        assert f"{segment.size:,} customers" in text
    assert "Model v3" in text
    assert str(model.training["sha256"]) in text
    assert "optimum not confirmed" in text


def test_what_sets_a_segment_apart_is_said_in_words(model: Model) -> None:
    assert "Set apart by" in html_report(model)
    assert "far above average" in html_report(model)


def test_nothing_is_loaded_from_outside(model: Model) -> None:
    html = html_report(model)

    assert not re.search(r"https?://|src=|@import|url\(", html)
    assert "script" not in checked(html).seen


def test_pictures_have_a_text_alternative_with_every_value(model: Model) -> None:
    html = html_report(model)

    labels = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', html)
    assert len(labels) == html.count("<svg") == 2
    for row in model.sweep:
        assert f"k = {row['k']}: {row['inertia']:,.0f}" in labels[0]
    assert "The model has k = 6." in labels[1]


def test_the_page_follows_light_and_dark_and_paper(model: Model) -> None:
    html = html_report(model)

    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_names_are_text_and_never_markup(model: Model) -> None:
    first, *others = model.segments
    nasty = replace(first, name="<script>alert(1)</script> & co", advice='"quoted" <b>')
    training = {**model.training, "address": "<i>a.csv</i>"}

    html = html_report(replace(model, segments=(nasty, *others), training=training))

    assert set(checked(html).seen).isdisjoint({"script", "b", "i"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html


def test_dropped_rows_stand_in_the_report(model: Model) -> None:
    training = {**model.training, "dropped": {"missing_value": 1234, "not_text": 1}}

    text = " ".join(checked(html_report(replace(model, training=training))).text)

    assert "1,235 rows were dropped" in text
    assert "1,234 missing_value, 1 not_text" in text


def test_a_model_with_little_to_tell_is_reported_too() -> None:
    # Made by hand: no profiles, one row of the sweep, one-hot categories.
    text = " ".join(checked(html_report(shopper_model("v1"))).text)

    assert "Plan: Basic" in text
    assert "Very High Spend" in text


def test_a_chart_puts_values_where_they_belong() -> None:
    chart = line_chart("Elbow", [(1, 100.0), (2, 50.0), (3, 0.0)], marked=2, form=".0f", zero=True)

    # 480 x 260 with margins 76, 16, 16 and 40: the line runs from corner to corner.
    assert 'points="76.0,16.0 270.0,118.0 464.0,220.0"' in chart
    assert chart.count('class="point marked"') == 1


@pytest.mark.parametrize("points", [[(2, 0.5)], [(2, 0.5), (3, 0.5)]])
def test_a_chart_without_any_spread_is_drawn(points: list[tuple[int, float]]) -> None:
    assert "nan" not in line_chart("Silhouette", points, marked=2, form=".3f")


def test_without_values_there_is_no_chart() -> None:
    assert line_chart("Silhouette", [], marked=2, form=".3f") == ""


def test_the_report_is_one_file_of_moderate_size(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_report(model), encoding="utf-8")

    assert path.stat().st_size < 100_000
