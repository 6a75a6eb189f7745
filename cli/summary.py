"""A model as one JSON object for programs."""

from __future__ import annotations

from segmentation import answers
from segmentation.model import Model


def summary(model: Model) -> dict[str, object]:
    """Give the facts of a model: quality, segments in original units, elbow curve, lineage."""
    segments = answers.segments(model)["segments"]
    return answers.description(model) | {"spec": model.spec.name, "segments": segments}
