"""A model as one JSON object for programs, and what people are warned of."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation import answers
from segmentation.model import Model
from training.models.cautions import doubts


def summary(model: Model) -> dict[str, object]:
    """Give the facts of a model: quality, segments in original units, elbow curve, lineage."""
    segments = answers.segments(model)["segments"]
    return answers.description(model) | {"spec": model.spec.name, "segments": segments}


def warnings(model: Model) -> list[str]:
    """Say what a person should know before trusting the model."""
    found = []
    if dropped := dropped_rows(model.training):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items())
        found.append(f"{sum(dropped.values()):,} rows were dropped: {reasons}")
    if changed := _changed_ids(model.training):
        found.append(changed)
    if isinstance(left_out := model.training.get("left_out"), int) and left_out:
        found.append(f"{left_out:,} outliers took no part in finding the centres")
    if isinstance(told := model.training.get("warnings"), list):
        found += [str(one) for one in told]
    return found + doubts(model)


def _changed_ids(training: Mapping[str, object]) -> str:
    """Say which ids of the champion the model does not have, or has beyond them."""
    succeeds = training.get("succeeds")
    if not isinstance(succeeds, Mapping):
        return ""
    parts = [
        f"{what} {', '.join(str(one) for one in ids)}"
        for what, ids in (("new ids", succeeds.get("new")), ("ids gone", succeeds.get("retired")))
        if isinstance(ids, list) and ids
    ]
    return f"beside {succeeds.get('version')}: {'; '.join(parts)}" if parts else ""


def dropped_rows(training: Mapping[str, object]) -> dict[str, int]:
    """Give the rows that training dropped, by reason."""
    dropped = training.get("dropped")
    if not isinstance(dropped, Mapping):
        return {}
    return {str(reason): count for reason, count in dropped.items() if isinstance(count, int)}
