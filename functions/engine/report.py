"""The report of an upload: what became of every row, in a JSON document for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.score import Scored
from segmentation import ENGINE_VERSION
from segmentation.customer import UNTYPICAL
from segmentation.errors import UploadRefused
from segmentation.model import Model
from segmentation.numeric import NumericFeature

FORMAT = "segmentation-report"
FORMAT_VERSION = 1

MENDING = (
    "Mend the rejected rows and drop that file under a new name: under the same name it would "
    "replace this whole result."
)


def lineage(model: Model, **source: str) -> dict[str, str]:
    """Give the key-value metadata of a labelled output."""
    facts = {**source, "model_version": model.version, "engine_version": ENGINE_VERSION}
    return {f"segmentation.{name}": value for name, value in facts.items() if value}


def scored_report(scored: Scored, bytes_read: int, seconds: float) -> dict[str, object]:
    """Report an upload whose rows were judged."""
    tally = scored.tally
    status = "partly_scored" if tally.rejected else "scored"
    segments = zip(tally.model.segments, tally.segments.tolist(), tally.shares(), strict=True)
    return {
        **_head(status),
        "rows": {"read": tally.read, "scored": tally.scored, "rejected": tally.rejected},
        "reasons": dict(sorted(tally.reasons.items())),
        "advice": MENDING if tally.rejected else "",
        "segments": [
            {"id": segment.id, "name": segment.name, "count": count, "share": share}
            for segment, count, share in segments
        ],
        "warnings": _warnings(tally.model, tally.untypical),
        "drift": tally.drift.report(tally.segments.tolist()),
        "encoding": scored.encoding,
        "delimiter": scored.layout.delimiter,
        **_tail(tally.model, bytes_read, seconds),
    }


def refused_report(
    refusal: UploadRefused, model: Model | None, bytes_read: int, seconds: float
) -> dict[str, object]:
    """Report an upload that was refused as a whole."""
    return {
        **_head("refused"),
        "refusal": {"code": refusal.code, "message": refusal.message},
        "rows": {"read": 0, "scored": 0, "rejected": 0},
        "reasons": {},
        "segments": [],
        "warnings": [],
        "drift": None,
        **_tail(model, bytes_read, seconds),
    }


def report_json(report: Mapping[str, object]) -> bytes:
    """Write a report."""
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _head(status: str) -> dict[str, object]:
    return {"format": FORMAT, "format_version": FORMAT_VERSION, "status": status}


def _tail(model: Model | None, bytes_read: int, seconds: float) -> dict[str, object]:
    return {
        "model_version": model.version if model else None,
        "engine_version": ENGINE_VERSION,
        "bytes_read": bytes_read,
        "seconds": round(seconds, 3),
    }


def _warnings(model: Model, untypical: Mapping[str, int]) -> list[dict[str, object]]:
    return [
        {
            "field": feature.name,
            "code": UNTYPICAL,
            "count": untypical[feature.name],
            "message": f"{feature.name}: outside the typical range, {feature.typical.stated}",
        }
        for feature in model.spec.features
        if isinstance(feature, NumericFeature) and untypical.get(feature.name)
    ]
