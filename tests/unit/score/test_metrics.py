"""What an upload adds to the metrics, from reports made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from score.metrics import record
from segmentation.document import Section
from segmentation.drift import Drift
from segmentation.report import Report, Rows, Status
from segmentation_aws.observability import flush, measure_champion
from tests.support.models import mall_model

FEW = {"psi": 9.0, "band": "too few rows"}


def report(drift: object, status: str = "scored") -> Report:
    return Report(
        status=Status(status),
        rows=Rows(read=5, scored=3, rejected=2),
        reasons={},
        segments=[],
        warnings=[],
        drift=Drift.read(Section(drift, "drift")) if drift else None,
        model_version="v1",
        engine_version="1",
        bytes_read=0,
        seconds=1.5,
    )


def drift(segments: dict[str, object], **features: dict[str, object]) -> dict[str, Any]:
    return {"sampled_rows": 3, "features": features, "segments": segments}


def index(psi: float) -> dict[str, object]:
    return {"psi": psi, "band": "none" if psi < 0.1 else "moderate" if psi <= 0.25 else "large"}


@pytest.fixture
def emitted(capsys: pytest.CaptureFixture[str]) -> Any:
    """Give every (name, dimensions without service) and its values, once flushed."""

    def read() -> dict[tuple[str, str], list[float]]:
        flush()
        found = {}
        for line in map(json.loads, capsys.readouterr().out.splitlines()):
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "Segmentation"
            for metric in directive["Metrics"]:
                value = line[metric["Name"]]
                found[metric["Name"], line.get("feature", "")] = value
        return found

    return read


def test_an_upload_is_counted_with_its_rows_and_its_time(emitted: Any) -> None:
    record(report(None))
    record(report(None, "refused"))

    assert emitted() == {
        ("UploadsScored", ""): [1.0],
        ("UploadsRefused", ""): [1.0],
        ("RowsScored", ""): [3.0, 3.0],
        ("RowsRejected", ""): [2.0, 2.0],
        ("ScoreSeconds", ""): [1.5, 1.5],
    }


@pytest.mark.parametrize(
    ("found", "measured"),
    [
        (
            drift(index(0.02), age=index(0.2), income=index(0.0)),
            {
                ("FeatureDrift", "age"): [0.2],
                ("FeatureDrift", "income"): [0.0],
                ("SegmentDrift", ""): [0.02],
                ("UploadsDrifted", ""): [0.0],
            },
        ),
        (
            drift(index(0.02), age=index(0.26)),
            {
                ("FeatureDrift", "age"): [0.26],
                ("SegmentDrift", ""): [0.02],
                ("UploadsDrifted", ""): [1.0],
            },
        ),
        (drift(index(0.3)), {("SegmentDrift", ""): [0.3], ("UploadsDrifted", ""): [1.0]}),
        (
            drift(FEW, age=FEW, gender=index(0.01)),
            {("FeatureDrift", "gender"): [0.01], ("UploadsDrifted", ""): [0.0]},
        ),
        (drift(FEW, age=FEW), {}),
        (drift({"psi": None, "band": "too few rows"}), {}),
    ],
    ids=["moderate", "a feature", "the segments", "one of two", "too few rows", "no rows"],
)
def test_drift_is_measured_where_there_are_rows_enough_to_tell(
    found: dict[str, Any], measured: dict[tuple[str, str], list[float]], emitted: Any
) -> None:
    record(report(found))

    assert {key: value for key, value in emitted().items() if "Drift" in key[0]} == measured


@pytest.mark.parametrize("zone", [UTC, None], ids=["in UTC", "without a zone"])
def test_the_champions_age_is_in_days_and_of_no_function(
    zone: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    created = (datetime.now(UTC) - timedelta(days=40)).replace(tzinfo=zone)

    measure_champion(replace(mall_model(), created_at=created.isoformat()))

    line = json.loads(capsys.readouterr().out)
    assert line["ModelAgeDays"] == [pytest.approx(40, abs=0.01)]
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert line["service"] == "registry"


def test_a_champion_without_a_date_has_no_age_and_serves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measure_champion(replace(mall_model(), created_at="last spring"))

    assert capsys.readouterr().out == ""
