"""What an upload adds to the metrics: business facts, taken from its report."""

from __future__ import annotations

from aws_lambda_powertools.metrics import MetricUnit

from segmentation.drift import Band, Drift
from segmentation.report import Report, Status
from segmentation_aws.observability import count, measure, measure_apart


def record(report: Report) -> None:
    """Count an upload and its rows, and measure its time and drift.

    Drift is measured only where the upload has rows enough to tell it from chance, and
    ``UploadsDrifted`` is 1 or 0 for each that has: its average is the share that drifted.
    """
    count("UploadsRefused" if report.status is Status.REFUSED else "UploadsScored")
    count("RowsScored", report.rows.scored)
    count("RowsRejected", report.rows.rejected)
    measure("ScoreSeconds", MetricUnit.Seconds, report.seconds)
    if report.drift is not None:
        _record_drift(report.drift)


def _record_drift(drift: Drift) -> None:
    for name, one in drift.features.items():
        if one.told is not None:
            measure_apart(
                "FeatureDrift", MetricUnit.NoUnit, one.told, service="score", feature=name
            )
    if drift.segments.told is not None:
        measure("SegmentDrift", MetricUnit.NoUnit, drift.segments.told)
    bands = {one.band for one in drift.indices.values()} - {Band.UNTOLD}
    if bands:
        count("UploadsDrifted", int(Band.LARGE in bands))
