"""The population stability index, by hand."""

from __future__ import annotations

import io
import math
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any
from unittest import mock

import numpy as np
import pytest

from engine.drift import FLOOR, SAMPLED_ROWS, DriftSample
from engine.report import scored_report
from engine.score import score_stream
from engine.sinks import ParquetSink
from segmentation.model import Baseline
from tests.support.csvs import mall_csv
from tests.support.models import mall_model, shopper_model

MODEL = mall_model()
"""200 training customers; baseline of gender 0.5625 and 0.4375, of age 0.25, 0.5 and 0.25 around
30 and 45, of the others one half on each side of 50; segment shares 0.62, 0.2 and 0.18."""


def report(
    gender: Sequence[float],
    age: Sequence[float],
    segments: Sequence[int] = (620, 200, 180),
) -> Any:
    sample = DriftSample(MODEL)
    halves = np.tile([10.0, 90.0], len(age))[: len(age)]
    sample.add([[np.array(gender)], [np.array(age)], [halves], [halves]])
    return asdict(sample.report(segments))


def many(*parts: tuple[float, int]) -> list[float]:
    return [value for value, count in parts for _ in range(count)]


def test_the_same_shares_have_not_moved() -> None:
    gender = many((0.0, 450), (1.0, 350))
    age = many((20.0, 200), (40.0, 400), (60.0, 200))

    found = report(gender, age)

    assert found["sampled_rows"] == 800
    assert found["features"] == {
        name: {"psi": 0.0, "band": "none"}
        for name in ("gender", "age", "annual_income", "spending_score")
    }
    assert found["segments"] == {"psi": 0.0, "band": "none"}


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    gender = many((0.0, 450), (1.0, 350))
    age = many((29.999, 200), (30.0, 200), (44.999, 200), (45.0, 200))

    assert report(gender, age)["features"]["age"]["psi"] == 0.0


def test_shares_that_moved_a_little_and_much() -> None:
    gender = many((0.0, 300), (1.0, 500))
    age = many((20.0, 8), (40.0, 392), (60.0, 400))

    found = report(gender, age)["features"]

    expected_gender = (0.375 - 0.5625) * math.log(0.375 / 0.5625) + (0.625 - 0.4375) * math.log(
        0.625 / 0.4375
    )
    assert found["gender"]["psi"] == pytest.approx(expected_gender)
    assert found["gender"]["band"] == "moderate"
    expected_age = (
        (0.01 - 0.25) * math.log(0.01 / 0.25)
        + (0.49 - 0.5) * math.log(0.49 / 0.5)
        + (0.5 - 0.25) * math.log(0.5 / 0.25)
    )
    assert found["age"]["psi"] == pytest.approx(expected_age)
    assert found["age"]["band"] == "large"


def test_an_empty_bin_counts_as_nearly_empty() -> None:
    found = report(many((0.0, 800)), many((40.0, 800)))["features"]["gender"]

    expected = (1 - 0.5625) * math.log(1 / 0.5625) + (FLOOR - 0.4375) * math.log(FLOOR / 0.4375)
    assert found["psi"] == pytest.approx(expected)


def test_few_rows_get_no_band_because_chance_alone_moves_them() -> None:
    # Two bins: 1 × (1/n + 1/200) reaches 0.05 at 22 rows, three bins at 50.
    for rows, gender_band, age_band in ((22, "too", "too"), (23, "", "too"), (51, "", "")):
        found = report(many((0.0, rows)), many((20.0, rows)))["features"]

        assert found["gender"]["band"].startswith(gender_band or "large")
        assert found["age"]["band"].startswith(age_band or "large")
        assert found["gender"]["psi"] > 0.25


def test_no_rows_have_no_index() -> None:
    empty = asdict(DriftSample(MODEL).report([0, 0, 0]))

    assert empty["segments"] == {"psi": None, "band": "too few rows"}
    assert empty["sampled_rows"] == 0


def test_large_blocks_are_sampled_evenly() -> None:
    rows = 10 * SAMPLED_ROWS
    found = report(np.repeat([0.0, 1.0], rows // 2).tolist(), np.full(rows, 20.0).tolist())

    assert found["sampled_rows"] == SAMPLED_ROWS
    expected = (0.5 - 0.5625) * math.log(0.5 / 0.5625) + (0.5 - 0.4375) * math.log(0.5 / 0.4375)
    assert found["features"]["gender"]["psi"] == pytest.approx(expected, abs=1e-3)


def test_one_hot_categories_are_bins_in_spec_order() -> None:
    sample = DriftSample(shopper_model())  # plans 0.25, 0.5, 0.25
    one_hot = np.repeat(np.eye(3), [200, 400, 200], axis=0)
    visits = np.repeat([1.0, 7.0, 20.0], [200, 400, 200])
    sample.add([list(one_hot.T.copy()), [visits], [visits]])

    found: Any = asdict(sample.report([50, 50, 50, 50]))["features"]

    assert found["plan"] == {"psi": 0.0, "band": "none"}
    assert found["visits"] == {"psi": 0.0, "band": "none"}
    assert found["spend"]["psi"] == 0.0


@contextmanager
def counted() -> Iterator[list[float]]:
    """Add up the processor seconds that are spent on drift."""
    spent = [0.0]

    def timed(method: Any) -> Any:
        def call(*arguments: Any) -> Any:
            begun = time.thread_time()
            result = method(*arguments)
            spent[0] += time.thread_time() - begun
            return result

        return call

    with (
        mock.patch.object(DriftSample, "add", timed(DriftSample.add)),
        mock.patch.object(DriftSample, "report", timed(DriftSample.report)),
    ):
        yield spent


def part_of_time(data: bytes, rounds: int) -> float:
    """Give the part of the engine's processor time that goes into drift: the median of rounds."""
    parts = []
    for _ in range(rounds):
        with counted() as spent:
            begun = time.process_time()
            scored = score_stream(io.BytesIO(data), MODEL, ParquetSink(io.BytesIO()), io.BytesIO())
            scored_report(scored, len(data), 0.0)
            parts.append(spent[0] / (time.process_time() - begun))
    return statistics.median(parts)


def test_drift_takes_a_small_part_of_the_time() -> None:
    # Processor time, so that a busy machine does not matter.
    rows = [
        f"{number},Male,{18 + number % 60},{15 + number % 120},{number % 99 + 1}"
        for number in range(100_000)
    ]

    assert part_of_time(mall_csv(*rows), rounds=3) < 0.03


def test_deciles_with_equal_edges_merged_give_the_index_of_numpys_histogram() -> None:
    # Half of the training customers share one value, so four of nine deciles fall together.
    trained = np.concatenate([np.full(100, 40.0), np.arange(100.0)])
    uploaded = np.arange(200.0) % 80 + 10.0
    edges = np.unique(np.quantile(trained, np.arange(1, 10) / 10, method="lower"))
    bins = [-np.inf, *edges, np.inf]  # numpy's bins hold their lower edge, too
    p, q = (
        np.maximum(np.histogram(numbers, bins)[0] / len(numbers), 1e-4)
        for numbers in (trained, uploaded)
    )
    baseline = Baseline(tuple(edges), tuple(np.histogram(trained, bins)[0] / len(trained)))
    sample = DriftSample(replace(MODEL, baseline={**MODEL.baseline, "age": baseline}))

    sample.add([[np.zeros(200)], [uploaded], [uploaded], [uploaded]])
    found: Any = asdict(sample.report([1, 1, 1]))["features"]

    assert 2 < len(edges) < 9
    assert found["age"]["psi"] == pytest.approx(float(np.sum((q - p) * np.log(q / p))))
