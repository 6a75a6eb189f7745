"""The gate before the champion: what a new version would break, and who may serve."""

from __future__ import annotations

from collections.abc import Iterator

from segmentation.categorical import CategoricalFeature
from segmentation.errors import StoreConflict
from segmentation.features import Feature
from segmentation.model import Model
from segmentation.numeric import NumericFeature
from segmentation.registry import Alias, Registry
from training.errors import PromotionRefused
from training.models.matching import centre_distances, same_space

SMALLEST_SHARE = 0.01
"""A segment with a smaller part of the customers is noise, and a campaign for nobody."""

LARGEST_SILHOUETTE_LOSS = 0.1
"""A silhouette (-1 to 1) that lies further below the champion's is far below."""

LARGEST_STABILITY_LOSS = 0.1
"""A stability (0 to 1) that lies further below the champion's is far below."""

MUCH_NEARER = 0.5
"""A centre whose distance to another segment's is under this part of that to its own has moved."""

_ATTEMPTS = 5


def promote(registry: Registry, version: str, *, by: str, why: str, force: bool = False) -> Alias:
    """Let a version serve if it passes the gate.

    Parameters
    ----------
    registry
        Where the version was published.
    version
        The candidate.
    by, why
        For the history.
    force
        Promote whatever the gate says.

    Raises
    ------
    PromotionRefused
        The gate refuses; the version stays published.
    UnknownVersion
        There is no such version.
    StoreConflict
        The champion kept moving.
    """
    candidate = registry.load(version)
    for _ in range(_ATTEMPTS):
        seen = registry.champion()
        if seen.alias is not None and seen.version == version:
            return seen.alias  # it serves already
        # Forced, a champion that cannot be read any more does not stand in the way either.
        if not force:
            champion = None if seen.version is None else registry.load(seen.version)
            if reasons := refusals(candidate, champion):
                raise PromotionRefused(version, reasons)
        try:
            return registry.promote(version, by=by, why=why, seen=seen)
        except StoreConflict:
            continue  # judged against a champion that no longer serves: judge again
    raise StoreConflict(f"{registry.address}: the champion kept moving, expected a quiet moment")


def refusals(candidate: Model, champion: Model | None) -> list[str]:
    """Say what would break if the candidate served instead of the champion; empty: nothing.

    Parameters
    ----------
    candidate
        The version that shall serve.
    champion
        The version that serves, None before the first promotion.
    """
    reasons = [
        f'segment {segment.id} "{segment.name}" has {segment.share:.2%} of the customers, '
        f"expected at least {SMALLEST_SHARE:.0%}"
        for segment in candidate.segments
        if segment.share < SMALLEST_SHARE
    ]
    if champion is not None:
        reasons += changed_features(candidate, champion)
        reasons += _dropped_ids(candidate, champion)
        reasons += _changed_meanings(candidate, champion)
        reasons += _far_below("silhouette", candidate, champion, LARGEST_SILHOUETTE_LOSS)
        reasons += _far_below("stability", candidate, champion, LARGEST_STABILITY_LOSS)
    return reasons


def metric(model: Model, name: str) -> float | None:
    """Give a figure of the model's quality, from its metrics or the line of its k in the sweep."""
    own = (row for row in model.sweep if row.k == model.k)
    figures = (getattr(row, name) for row in (model.metrics, *own))
    return next((figure for figure in figures if figure is not None), None)


def changed_features(candidate: Model, champion: Model) -> Iterator[str]:
    """Say what callers send to the champion and the candidate would refuse or misread."""
    new = {feature.name: feature for feature in candidate.spec.features}
    old = {feature.name: feature for feature in champion.spec.features}
    for name in [name for name in old if name not in new]:
        yield f'feature "{name}" of {champion.version} is gone'
    for name in [name for name in new if name not in old]:
        yield f'feature "{name}" is new, callers of {champion.version} do not send it'
    for name, feature in old.items():
        if name in new:
            for change in _changes(new[name], feature):
                yield f'feature "{name}" changed: {change}'


def _changes(new: Feature, old: Feature) -> Iterator[str]:
    if lost := _lost(old.names.all, new.names.all):
        yield f"it is no longer found as {lost}"
    if isinstance(new, NumericFeature) and isinstance(old, NumericFeature):
        if new.unit != old.unit:
            yield f'unit "{old.unit}" became "{new.unit}"'
        if new.valid.lowest > old.valid.lowest or new.valid.highest < old.valid.highest:
            yield f"valid is {new.valid}, it was {old.valid}"
    elif isinstance(new, CategoricalFeature) and isinstance(old, CategoricalFeature):
        if lost := _lost(tuple(old.by_text), tuple(new.by_text)):
            yield f"it no longer accepts {lost}"
        for text, category in old.by_text.items():
            if text in new.by_text and new.by_text[text].name != category.name:
                yield f'"{text}" meant {category.name} and now means {new.by_text[text].name}'
    else:
        yield f"kind {old.kind} became {new.kind}"


def _lost(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    kept = {text.strip().casefold() for text in new}
    gone = dict.fromkeys(text for text in old if text.strip().casefold() not in kept)
    return ", ".join(f'"{text}"' for text in gone)


def _dropped_ids(candidate: Model, champion: Model) -> Iterator[str]:
    gone = [segment for segment in champion.segments if segment.id not in candidate.by_id]
    if gone:
        listed = ", ".join(f'{segment.id} "{segment.name}"' for segment in gone)
        yield (
            f"segment ids that callers know are gone: {listed} (k = {candidate.k}, "
            f"{champion.version} has k = {champion.k})"
        )


def _changed_meanings(candidate: Model, champion: Model) -> Iterator[str]:
    """Find ids that both have, for segments that are not the same."""
    if not same_space(candidate.spec, champion.spec):
        return
    between, _ = centre_distances(champion, candidate)
    old_places = {segment.id: place for place, segment in enumerate(champion.segments)}
    for column, segment in enumerate(candidate.segments):
        if segment.id not in old_places:
            continue
        nearest = int(between[:, column].argmin())
        own = float(between[old_places[segment.id], column])
        if between[nearest, column] < MUCH_NEARER * own:
            other = champion.segments[nearest]
            yield (
                f'segment id {segment.id} "{segment.name}" lies where {champion.version} has '
                f'{other.id} "{other.name}", callers know another segment by this id'
            )


def _far_below(name: str, candidate: Model, champion: Model, loss: float) -> Iterator[str]:
    new, old = metric(candidate, name), metric(champion, name)
    if new is not None and old is not None and new < old - loss:
        yield (
            f"{name} {new:.3f} is far below the {old:.3f} of {champion.version}, expected at "
            f"least {old - loss:.3f}"
        )
