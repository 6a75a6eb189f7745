"""How far a model can be trusted, in sentences for people; older documents say less."""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.model import Model

CONFIRMED_HITS = 10
"""An optimum that came up less often may not be the best there is."""

STABLE = 0.75
"""A segment with a lower Jaccard similarity is not found again reliably (C. Hennig, 2007)."""

SAMPLED = {"silhouette": "silhouette", "gap": "gap statistic", "stability": "stability"}

Row = Mapping[str, object]


def reason(model: Model) -> str:
    """Say in one sentence why there are so many segments; nothing in older documents."""
    told = _mapping(model.training.get("choice")).get("reason")
    return told if isinstance(told, str) else ""


def doubts(model: Model) -> list[str]:
    """Say what makes the segments themselves doubtful."""
    found = []
    starts, hits = model.metrics.get("starts"), model.metrics.get("hits")
    if not is_confirmed(model.metrics):
        found.append(
            f"optimum not confirmed: the best result came from {hits} of {starts:,} starts, "
            f"expected {CONFIRMED_HITS}"
        )
    if votes_for_none(model):
        references = _sample(model, "gap").get("references")
        found.append(
            "the gap statistic sees no clusters: gap(1) ≥ gap(k) - s(k) for every k > 1 "
            f"(B = {references})"
        )
    sample = _sample(model, "stability")
    rows, bootstraps = sample.get("rows"), sample.get("bootstraps")
    for segment in model.segments:
        jaccard = segment.profile.get("jaccard")
        if isinstance(jaccard, float) and jaccard < STABLE:
            found.append(
                f'segment {segment.id} "{segment.name}" is not stable: Jaccard {jaccard:.3f}, '
                f"expected {STABLE} (n = {rows:,}, B = {bootstraps}); "
                "and stable does not mean separated"
            )
    return found


def notes(model: Model) -> list[str]:
    """Say how the figures of the sweep came about."""
    found = []
    if unconfirmed := [row for row in model.sweep if not is_confirmed(row)]:
        found.append(
            f"Optimum not confirmed for {_ks(unconfirmed)}: fewer than {CONFIRMED_HITS} starts "
            "ended in the best result."
        )
    if late := [row for row in model.sweep if row.get("out_of_time") is True]:
        found.append(
            f"The time limit ended the starts for {_ks(late)}: a faster machine may find a better "
            "result."
        )
    for name, title in SAMPLED.items():
        sample = _sample(model, name)
        rows, error = sample.get("rows"), sample.get("error")
        if not isinstance(rows, int):
            continue
        repeats = [f"B = {sample[one]}" for one in ("references", "bootstraps") if one in sample]
        figures = [f"n = {rows:,}", *repeats]
        if isinstance(error, float):
            figures.append(f"standard error {error:.4f} at k = {model.k}")
        every = rows == model.training.get("rows")
        found.append(
            f"{title.capitalize()}: on {'all' if every else 'a sample of the'} customers "
            f"({', '.join(figures)})."
        )
    if _sample(model, "stability"):
        found.append("Stable does not mean separated.")
    return found


def votes_for_none(model: Model) -> bool:
    """Tell whether the gap statistic sees no clusters at all."""
    return _mapping(_mapping(model.training.get("choice")).get("votes")).get("gap") == 1


def is_confirmed(row: Row) -> bool:
    """Tell whether the best result came up often enough; a single start confirms nothing.

    It is the recipe of somebody who wants one start, and needs no warning.
    """
    starts, hits = row.get("starts"), row.get("hits")
    if not isinstance(starts, int) or not isinstance(hits, int):
        return True
    return starts == 1 or hits >= CONFIRMED_HITS


def _ks(rows: list[Row]) -> str:
    return f"k = {', '.join(str(row.get('k')) for row in rows)}"


def _sample(model: Model, criterion: str) -> Row:
    return _mapping(_mapping(model.training.get("samples")).get(criterion))


def _mapping(value: object) -> Row:
    return value if isinstance(value, Mapping) else {}
