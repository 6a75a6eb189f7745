"""What the report tells of each segment."""

from __future__ import annotations

from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.model import Model, Segment
from training.models.cautions import is_unstable
from training.models.naming import CLOSE_TO_AVERAGE
from training.report.charts.segments import symbol

_FAR, _SLIGHT = 1.0, 0.5


def segment_facts(model: Model) -> list[dict[str, object]]:
    """Give everything that cards and tables say, segment by segment."""
    features = {feature.name: feature for feature in model.spec.features}
    return [
        {
            "segment": segment,
            "symbol": symbol(place),
            "apart": [
                f"{features[name].names.title} ({_told(features[name], z)})"
                for name in segment.profile.set_apart_by
                if name in features
                and abs(z := segment.profile.of(name).z or 0.0) >= CLOSE_TO_AVERAGE
            ],
            "close": [
                features[name].names.title
                for name in segment.profile.close_to_average
                if name in features
            ],
            "cells": [
                cell for feature in model.spec.features for cell in _centre(segment, feature)
            ],
            "heat": [_heat(segment.profile.of(feature.name).z) for feature in model.spec.features],
            "silhouette": segment.profile.silhouette,
            "jaccard": segment.profile.jaccard,
            "unstable": is_unstable(segment),
        }
        for place, segment in enumerate(model.segments)
    ]


def centre_titles(model: Model) -> list[str]:
    """Name the columns of the segments' centres: a number each, or the part of each category."""
    titles = []
    for feature in model.spec.features:
        if isinstance(feature, CategoricalFeature):
            titles += [f"{feature.names.title}: {one.name}" for one in feature.categories]
        else:
            unit = f" ({feature.unit})" if feature.unit else ""
            titles.append(f"{feature.names.title}{unit}")
    return titles


def heat_titles(model: Model) -> list[str]:
    """Name the columns of the heat map; of two coded categories, the one that lies above."""
    titles = []
    for feature in model.spec.features:
        title = feature.names.title
        if isinstance(feature, CategoricalFeature) and len(feature.columns) == 1:
            title += f" (more {_highest(feature)})"
        titles.append(title)
    return titles


def words(z: float) -> str:
    """Say how far off the average of all something is.

    Examples
    --------
    >>> words(0.05), words(-0.3), words(0.7), words(1.2)
    ('close to average', 'slightly below average', 'above average', 'far above average')
    """
    if abs(z) < CLOSE_TO_AVERAGE:
        return "close to average"
    distance = "far " if abs(z) > _FAR else "slightly " if abs(z) < _SLIGHT else ""
    return f"{distance}{'below' if z < 0 else 'above'} average"


def _told(feature: Feature, z: float) -> str:
    """Say how a segment differs in a feature; of a category there is no average."""
    if not isinstance(feature, CategoricalFeature):
        return words(z)
    if len(feature.columns) > 1:
        return "other shares than on average"
    distance = words(z).split()[0] if words(z).count(" ") > 1 else ""
    return f"{distance} {'less' if z < 0 else 'more'} often {_highest(feature)}".strip()


def _highest(feature: CategoricalFeature) -> str:
    return max(feature.categories, key=lambda one: feature.encode(one)[0]).name


def _heat(z: float | None) -> dict[str, str]:
    """Give a cell of the heat map: figure, words, and one of seven shades."""
    if z is None:
        return {"z": "–", "words": "", "shade": "near"}
    if abs(z) < CLOSE_TO_AVERAGE:
        shade = "near"
    else:
        level = 3 if abs(z) > _FAR else 2 if abs(z) >= _SLIGHT else 1
        shade = f"{'down' if z < 0 else 'up'}{level}"
    return {"z": f"{z:+.2f}".replace("-", "−"), "words": words(z), "shade": shade}


def _centre(segment: Segment, feature: Feature) -> list[str]:
    profile = segment.profile.of(feature.name)
    if isinstance(feature, CategoricalFeature):
        parts = [profile.shares.get(one.name) for one in feature.categories]
        return ["–" if part is None else f"{part:.0%}" for part in parts]
    return ["–" if profile.mean is None else f"{profile.mean:,.1f}"]
