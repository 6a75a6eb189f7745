"""What an upload adds to the metrics: business facts, taken from its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from engine.drift import LARGE
from segmentation_aws.observability import count, measure, measure_apart


def record(report: Mapping[str, Any]) -> None:
    """Count an upload and its rows, and measure its time and drift.

    Drift is measured only where the upload has rows enough to tell it from chance, and
    ``UploadsDrifted`` is 1 or 0 for each that has: its average is the share that drifted.

    Parameters
    ----------
    report
        As in the results bucket.
    """
    rows = report["rows"]
    count("UploadsRefused" if report["status"] == "refused" else "UploadsScored")
    count("RowsScored", rows["scored"])
    count("RowsRejected", rows["rejected"])
    measure("ScoreSeconds", MetricUnit.Seconds, report["seconds"])
    if report["drift"] is not None:
        _record_drift(report["drift"])


def _record_drift(drift: Mapping[str, Any]) -> None:
    features = {name: one["psi"] for name, one in drift["features"].items() if _can_tell(one)}
    for name, psi in features.items():
        measure_apart("FeatureDrift", MetricUnit.NoUnit, psi, service="score", feature=name)
    judged = list(features.values())
    if _can_tell(drift["segments"]):
        judged.append(drift["segments"]["psi"])
        measure("SegmentDrift", MetricUnit.NoUnit, drift["segments"]["psi"])
    if judged:
        count("UploadsDrifted", int(max(judged) > LARGE))


def _can_tell(index: Mapping[str, Any]) -> bool:
    band: str = index["band"]
    return band != "too few rows"
