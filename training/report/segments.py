"""What the report tells of each segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.model import Model, Segment
from training.models.naming import CLOSE_TO_AVERAGE
from training.report.cautions import is_unstable
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
                for name in _names(segment, "set_apart_by")
                if name in features and abs(z := _z(segment, name) or 0.0) >= CLOSE_TO_AVERAGE
            ],
            "close": [
                features[name].names.title
                for name in _names(segment, "close_to_average")
                if name in features
            ],
            "cells": [
                cell for feature in model.spec.features for cell in _centre(segment, feature)
            ],
            "heat": [_heat(_z(segment, feature.name)) for feature in model.spec.features],
            "silhouette": _number(segment.profile.get("silhouette")),
            "jaccard": _number(segment.profile.get("jaccard")),
            "unstable": is_unstable(segment.profile.get("jaccard")),
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
    facts = _features(segment).get(feature.name, {})
    if isinstance(feature, CategoricalFeature):
        shares = facts.get("shares")
        parts = shares if isinstance(shares, Mapping) else {}
        numbers = [_number(parts.get(one.name)) for one in feature.categories]
        return ["–" if number is None else f"{number:.0%}" for number in numbers]
    mean = _number(facts.get("mean"))
    return ["–" if mean is None else f"{mean:,.1f}"]


def _z(segment: Segment, name: str) -> float | None:
    return _number(_features(segment).get(name, {}).get("z"))


def _features(segment: Segment) -> Mapping[str, Mapping[str, object]]:
    features = segment.profile.get("features")
    return features if isinstance(features, Mapping) else {}


def _names(segment: Segment, what: str) -> Sequence[str]:
    names = segment.profile.get(what)
    return names if isinstance(names, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
