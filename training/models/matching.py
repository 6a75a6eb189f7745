"""Segments keep their ids when training is repeated, so that what callers know stays true.

Each new segment is matched to at most one of the champion's by the Hungarian method (H. Kuhn,
"The Hungarian Method for the assignment problem", Naval Research Logistics Quarterly 2, 1955), on
two figures from 0 to 1. *Overlap*: the Jaccard index of the training customers in both, each model
placing them by its own rule. *Closeness*: 1 - the distance of the centres, in units of the distance
from the old centre to its nearest neighbour, in the new model's space.

A match is good where their mean is at least `GOOD_MATCH`. At a Jaccard index of 0.5 a cluster
counts as dissolved (C. Hennig, "Dissolution point and isolation robustness", Journal of
Multivariate Analysis 99, 2008), and at a closeness of 0.5 the new centre is halfway to another
segment's: below, the new segment is as much something else as it is the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from segmentation.categorical import CategoricalFeature
from segmentation.criteria import Criteria
from segmentation.errors import DocumentError
from segmentation.features import Feature
from segmentation.model import Model, Segment
from segmentation.registry import Registry
from segmentation.spec import Spec
from segmentation.training_record import Kept, Succession
from training.clustering.assignment import assign
from training.clustering.scaling import scaled
from training.data.dataset import Dataset, Floats
from training.models.naming import distinct_name

GOOD_MATCH = 0.5
"""The mean of overlap and closeness from which a new segment is the old one."""

_ROWS = 500_000


@dataclass(frozen=True, slots=True)
class Match:
    """A segment of a new model that is one of the old model's.

    Parameters
    ----------
    position
        Of the new segment in its model.
    id
        Of the old one.
    overlap, closeness
        From 0 to 1, as the module says.
    """

    position: int
    id: int
    overlap: float
    closeness: float

    @property
    def score(self) -> float:
        """How good the match is, from 0 to 1."""
        return (self.overlap + self.closeness) / 2


def same_space(new: Spec, old: Spec) -> bool:
    """Tell whether both specs read the same numbers from a customer, whatever they scale."""
    return [_read_as(one) for one in new.features] == [_read_as(one) for one in old.features]


def moved_between(old: Model, new: Model, dataset: Dataset) -> NDArray[np.int64]:
    """Count the customers by the segment in which each of two models places them.

    Parameters
    ----------
    old, new
        Models of the same space (`same_space`).
    dataset
        The customers.

    Returns
    -------
    counts
        Shape (k of old, k of new), by position in the models.
    """
    counts = np.zeros(old.k * new.k, np.int64)
    for first in range(0, dataset.rows, _ROWS):
        rows = dataset.encoded[first : first + _ROWS]
        before, _ = assign(scaled(old.columns, rows), _centroids(old))
        after, _ = assign(scaled(new.columns, rows), _centroids(new))
        counts += np.bincount(before * new.k + after, minlength=len(counts))
    return counts.reshape(old.k, new.k)


def centre_distances(old: Model, new: Model) -> tuple[Floats, Floats]:
    """Measure how far segments lie apart, in the new model's scaled space.

    Returns
    -------
    between
        From each old centre to each new one, shape (k of old, k of new).
    gaps
        From each old centre to the nearest other old one, shape (k of old,).
    """
    units = np.array([_in_units(old, segment) for segment in old.segments])
    before, after = scaled(new.columns, units), _centroids(new)
    among = np.linalg.norm(before[:, None] - before[None], axis=2)
    np.fill_diagonal(among, np.inf)
    return np.linalg.norm(before[:, None] - after[None], axis=2), among.min(axis=1)


def good_matches(old: Model, new: Model, dataset: Dataset) -> list[Match]:
    """Find the segments of a new model that are those of an old one, by position.

    Parameters
    ----------
    old, new
        Models of the same space (`same_space`).
    dataset
        The customers that the new model was trained on.
    """
    counts = moved_between(old, new, dataset)
    union = counts.sum(axis=1)[:, None] + counts.sum(axis=0)[None] - counts
    overlap = counts / np.maximum(union, 1)
    between, gaps = centre_distances(old, new)
    closeness = np.clip(1 - between / np.maximum(gaps, np.finfo(float).tiny)[:, None], 0, 1)
    rows, columns = linear_sum_assignment(overlap + closeness, maximize=True)
    found = [
        Match(
            int(column),
            old.segments[row].id,
            float(overlap[row, column]),
            float(closeness[row, column]),
        )
        for row, column in zip(rows, columns, strict=True)
    ]
    good = [match for match in found if match.score >= GOOD_MATCH]
    return sorted(good, key=lambda match: match.position)


def highest_id_given(registry: Registry) -> int:
    """Give the highest id that a segment of the registry ever had, -1 where there is none.

    Every model knows it of those before it, so the last two are enough: the latest that is not
    damaged, and the champion, which may be one of an older release.
    """
    highest = -1
    for version in reversed(registry.versions()):
        try:
            highest = registry.load(version).highest_id
            break
        except DocumentError:
            continue
    champion = registry.champion().version
    if champion is not None:
        try:
            highest = max(highest, registry.load(champion).highest_id)
        except DocumentError:
            return highest
    return highest


def succeed(model: Model, dataset: Dataset, champion: Model | None, highest_id: int) -> Model:
    """Give a newly trained model what callers know: the champion's ids, names, texts and advice.

    Segments without a good match get ids that were never given before and the names of the rule.

    Parameters
    ----------
    model
        As training made it, ids counting from 0.
    dataset
        The customers that it was trained on.
    champion
        The model that serves; None: all ids are new ones, or count from 0 if none was ever given
        to callers.
    highest_id
        As `highest_id_given` gives it.
    """
    if champion is None:
        return replace(model, highest_id=highest_id)
    highest_id = max(highest_id, champion.highest_id)
    matches = (
        good_matches(champion, model, dataset) if same_space(model.spec, champion.spec) else []
    )
    return _renamed(model, champion, matches, highest_id)


def with_fresh_ids(model: Model, highest_id: int) -> Model:
    """Give every segment of a newly trained model an id that was never given before."""
    segments = tuple(
        replace(segment, id=highest_id + 1 + place) for place, segment in enumerate(model.segments)
    )
    return replace(model, segments=segments)


def _renamed(model: Model, champion: Model, matches: Sequence[Match], highest_id: int) -> Model:
    by_position = {match.position: match for match in matches}
    taken = {champion.by_id[match.id].name for match in matches}
    segments = []
    fresh = []
    for position, segment in enumerate(model.segments):
        if position in by_position:
            known = champion.by_id[by_position[position].id]
            segments.append(
                replace(
                    segment,
                    id=known.id,
                    name=known.name,
                    description=known.description,
                    advice=known.advice,
                )
            )
            continue
        highest_id += 1
        fresh.append(highest_id)
        named = _named(model.spec, segment, taken)
        taken.add(named.name)
        segments.append(replace(named, id=highest_id))
    order = sorted(range(model.k), key=lambda position: segments[position].id)
    kept = {match.id for match in matches}
    succeeds = Succession(
        version=champion.version,
        kept=tuple(
            Kept(match.id, match.score, match.overlap, match.closeness)
            for match in sorted(matches, key=lambda match: match.id)
        ),
        new=tuple(fresh),
        retired=tuple(segment.id for segment in champion.segments if segment.id not in kept),
    )
    return replace(
        model,
        segments=tuple(segments[position] for position in order),
        metrics=_reordered(model.metrics, order),
        sweep=tuple(_reordered(row, order) if row.k == model.k else row for row in model.sweep),
        training=replace(model.training, succeeds=succeeds),
        highest_id=highest_id,
    )


def _reordered(figures: Criteria, order: Sequence[int]) -> Criteria:
    """Put what there is of each segment in the segments' new order."""
    if figures.jaccard is None:
        return figures
    return replace(figures, jaccard=tuple(figures.jaccard[position] for position in order))


def _named(spec: Spec, segment: Segment, taken: set[str]) -> Segment:
    """Give a new segment another name of the rule where a kept segment has its first one."""
    if segment.name not in taken:
        return segment
    z = {name: one.z for name, one in segment.profile.features.items() if one.z is not None}
    name = distinct_name(spec.naming, z, taken)
    return replace(segment, name=name.name, description=name.description, advice=name.advice)


def _read_as(feature: Feature) -> object:
    if isinstance(feature, CategoricalFeature):
        codes = [(category.name, category.code) for category in feature.categories]
        return feature.name, feature.encoding, codes
    return feature.name, feature.unit


def _centroids(model: Model) -> Floats:
    return np.array([segment.centroid for segment in model.segments])


def _in_units(model: Model, segment: Segment) -> list[float]:
    return [
        column.in_units(place)
        for column, place in zip(model.columns, segment.centroid, strict=True)
    ]
