"""The report of an upload, made from what was counted while it was scored."""

from __future__ import annotations

from collections.abc import Mapping

from engine.score import Scored
from segmentation import ENGINE_VERSION
from segmentation.customer import UNTYPICAL
from segmentation.errors import UploadRefused
from segmentation.model import Model
from segmentation.numeric import NumericFeature
from segmentation.report import FieldWarning, Refusal, Report, Rows, SegmentShare, Status

MENDING = (
    "Mend the rejected rows and drop that file under a new name: under the same name it would "
    "replace this whole result."
)


def lineage(model: Model, **source: str) -> dict[str, str]:
    """Give the key-value metadata of a labelled output."""
    facts = {**source, "model_version": model.version, "engine_version": ENGINE_VERSION}
    return {f"segmentation.{name}": value for name, value in facts.items() if value}


def scored_report(scored: Scored, bytes_read: int, seconds: float) -> Report:
    """Report an upload whose rows were judged."""
    tally = scored.tally
    counts = tally.segments.tolist()
    return Report(
        status=Status.PARTLY_SCORED if tally.rejected else Status.SCORED,
        rows=Rows(tally.read, tally.scored, tally.rejected),
        reasons=dict(sorted(tally.reasons.items())),
        advice=MENDING if tally.rejected else "",
        segments=[
            SegmentShare(segment.id, segment.name, count, share)
            for segment, count, share in zip(
                tally.model.segments, counts, tally.shares(), strict=True
            )
        ],
        warnings=_warnings(tally.model, tally.untypical),
        drift=tally.drift.report(counts),
        encoding=scored.encoding,
        delimiter=scored.layout.delimiter,
        model_version=tally.model.version,
        engine_version=ENGINE_VERSION,
        bytes_read=bytes_read,
        seconds=round(seconds, 3),
    )


def refused_report(refusal: UploadRefused, model: Model, bytes_read: int, seconds: float) -> Report:
    """Report an upload that was refused as a whole."""
    return Report(
        status=Status.REFUSED,
        refusal=Refusal(refusal.code, refusal.message),
        rows=Rows(0, 0, 0),
        reasons={},
        segments=[],
        warnings=[],
        drift=None,
        model_version=model.version,
        engine_version=ENGINE_VERSION,
        bytes_read=bytes_read,
        seconds=round(seconds, 3),
    )


def _warnings(model: Model, untypical: Mapping[str, int]) -> list[FieldWarning]:
    return [
        FieldWarning(
            feature.name,
            UNTYPICAL,
            untypical[feature.name],
            f"{feature.name}: outside the typical range, {feature.typical.stated}",
        )
        for feature in model.spec.features
        if isinstance(feature, NumericFeature) and untypical.get(feature.name)
    ]
