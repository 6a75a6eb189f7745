"""Charts put values where they belong, and say in words what they show."""

from __future__ import annotations

import re

import numpy as np
import pytest

from training.report.charts.frame import Axis, with_margin
from training.report.charts.lines import line_chart
from training.report.charts.segments import Group, scatter_chart, silhouette_chart, symbol


def test_a_line_runs_from_corner_to_corner() -> None:
    chart = line_chart("Elbow", [(1, 100.0), (2, 50.0), (3, 0.0)], marked=2, form=".0f", zero=True)

    # 400 x 250 with margins 62, 16, 22 and 44.
    assert 'points="62.0,22.0 223.0,114.0 384.0,206.0"' in chart
    assert chart.count('class="chosen" cx="223.0" cy="114.0"') == 1


def test_errors_are_drawn_and_said() -> None:
    chart = line_chart("Gap", [(1, 1.0), (2, 2.0)], marked=2, form=".1f", errors={1: 1.0, 2: 1.0})

    # From 0 to 3: 1 ± 1 reaches from 0 to 2, that is from 206 up to 206 - 184 * 2 / 3.
    assert 'class="error" d="M58.0 206.0h8m-4 0V83.3m-4 0h8"' in chart
    assert "k = 1: 1.0 ± 1.0, k = 2: 2.0 ± 1.0" in chart


@pytest.mark.parametrize("points", [[(2, 0.5)], [(2, 0.5), (3, 0.5)]])
def test_a_chart_without_any_spread_is_drawn(points: list[tuple[int, float]]) -> None:
    chart = line_chart("Silhouette", points, marked=2, form=".3f")

    assert "nan" not in chart
    assert 'cy="114.0"' in chart


def test_without_values_there_is_no_chart() -> None:
    assert line_chart("Silhouette", [], marked=2, form=".3f") == ""


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1, 99, ["20", "40", "60", "80"]),
        (-0.2, 1, ["-0.2", "0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0, 3e12, ["0", "500B", "1T", "1.5T", "2T", "2.5T", "3T"]),
        (5, 5, ["5"]),
    ],
)
def test_axes_have_round_values(low: float, high: float, labels: list[str]) -> None:
    assert [label for _, label in Axis("", low, high).ticks()] == labels


def test_an_axis_of_logarithms_speaks_of_values() -> None:
    axis = with_margin("Spend", 0.0, np.log1p(2000.0), logarithmic=True)

    assert [label for _, label in axis.ticks()] == ["0", "10", "100", "1,000"]
    assert [value for value, _ in axis.ticks()] == pytest.approx(np.log1p([0, 10, 100, 1000]))


def test_each_customer_is_a_sign_and_each_segment_an_id_that_can_be_read() -> None:
    points = np.array([[0.0, 0.0], [4.0, 4.0], [2.0, 2.0]])
    groups = [Group(7, "a", points[:2]), Group(9, "<b>", points[2:]), Group(11, "c", points[:0])]

    chart = scatter_chart(Axis("x", 0, 4), Axis("y", 0, 4), groups)

    # 400 x 330: both centres are the middle of the frame, so the second id gives way.
    signs = re.findall(r'class="sign s(\d)" d="([^"]+)"', chart)
    assert [(number, path.count("M")) for number, path in signs] == [("0", 2), ("1", 1)]
    assert signs[1][1].startswith("M223.0 154.0")
    assert re.findall(r'class="id" x="([\d.]+)" y="([\d.]+)">(\d+)', chart) == [
        ("223.0", "158.0", "7"),
        ("242.0", "158.0", "9"),
    ]
    assert "7 a (50, 50); 9 &lt;b&gt; (50, 50)." in chart


def test_silhouettes_are_sorted_and_counted() -> None:
    groups = [Group(0, "a", np.array([0.5, 1.0])), Group(1, "b", np.array([-0.5, 0.5]))]

    chart = silhouette_chart(groups, 0.375)

    # From -0.5 to 1 over 322 pixels: 0 at 169.3, 0.5 at 276.7.
    assert re.findall(r'class="area s\d" d="M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H([\d.]+)', chart) == [
        ("169.3", "384.0", "276.7"),
        ("169.3", "276.7", "62.0"),
    ]
    assert "4 customers, mean 0.38. 0 a: mean 0.75, 0 below 0; 1 b: mean 0.00, 1 below 0." in chart


def test_no_two_segments_have_the_same_sign() -> None:
    assert len({symbol(number) for number in range(64)}) == 64
