"""How far a model can be trusted, in sentences for people; older documents say less.

A caution has the figures behind it for those who know them, and where it matters to everybody also
words for those who have never heard of a Jaccard similarity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation.criteria import Criteria
from segmentation.model import Model, Segment

CONFIRMED_HITS = 10
"""An optimum that came up less often may not be the best there is."""

STABLE = 0.75
"""A segment with a lower Jaccard similarity is not found again reliably (C. Hennig, 2007)."""

SAMPLED = {"silhouette": "silhouette", "gap": "gap statistic", "stability": "stability"}


@dataclass(frozen=True, slots=True)
class Caution:
    """What a person should know before trusting a model, with its figures and in plain words."""

    exact: Sequence[str] = ()
    plain: str = ""


def _dropped(model: Model) -> Caution:
    reasons, used = model.training.dropped, model.training.rows
    count = sum(reasons.values())
    if not reasons:
        return Caution()
    listed = ", ".join(f"{each:,} {reason}" for reason, each in reasons.items())
    exact = [f"{count:,} rows were dropped: {listed}"]
    if used is None or not count:
        return Caution(exact)
    return Caution(exact, f"{count:,} of {used + count:,} rows could not be used.")


def _changed_ids(model: Model) -> Caution:
    """Which ids of the champion the model does not have, or has beyond them."""
    succeeds = model.training.succeeds
    if succeeds is None:
        return Caution()
    parts = [
        f"{what} {', '.join(map(str, ids))}"
        for what, ids in (("new ids", succeeds.new), ("ids gone", succeeds.retired))
        if ids
    ]
    return Caution([f"beside {succeeds.version}: {'; '.join(parts)}"] if parts else ())


def _left_out(model: Model) -> Caution:
    count = model.training.left_out
    return Caution([f"{count:,} outliers took no part in finding the centres"] if count else ())


def _of_the_data(model: Model) -> Caution:
    return Caution(model.training.warnings)


def _unconfirmed(model: Model) -> Caution:
    if is_confirmed(model.metrics):
        return Caution()
    return Caution(
        [
            f"optimum not confirmed: the best result came from {model.metrics.hits} of "
            f"{model.metrics.starts:,} starts, expected {CONFIRMED_HITS}"
        ],
        "There may be a better division: the best one found came up too rarely.",
    )


def _no_clusters(model: Model) -> Caution:
    choice = model.training.choice
    if choice is None or choice.votes.get("gap") != 1:
        return Caution()
    return Caution(
        [
            "the gap statistic sees no clusters: gap(1) ≥ gap(k) - s(k) for every k > 1 "
            f"(B = {model.training.sample('gap').references})"
        ],
        "The customers may have no clear groups: take the segments as a handy way to divide "
        "them, not as kinds of customers that exist by themselves.",
    )


def _unstable(model: Model) -> Caution:
    unstable = [segment for segment in model.segments if is_unstable(segment)]
    if not unstable:
        return Caution()
    sample = model.training.sample("stability")
    measured = f" (n = {sample.rows:,}, B = {sample.bootstraps})" if sample.rows is not None else ""
    return Caution(
        [
            f'segment {one.id} "{one.name}" is not stable: Jaccard {one.profile.jaccard:.3f}, '
            f"expected {STABLE}{measured}; and stable does not mean separated"
            for one in unstable
        ],
        f"{len(unstable)} of {model.k} segments may look different with other customers of "
        f"the same kind: {', '.join(str(one.id) for one in unstable)}.",
    )


_DOUBTS = (_unconfirmed, _no_clusters, _unstable)


def warnings(model: Model) -> list[str]:
    """Say what a person should know before trusting the model, with the figures."""
    return _exact(model, _dropped, _changed_ids, _left_out, _of_the_data, *_DOUBTS)


def doubts(model: Model) -> list[str]:
    """Say what makes the segments themselves doubtful, with the figures."""
    return _exact(model, *_DOUBTS)


def cautions(model: Model) -> list[str]:
    """Say in plain words what a reader should know before the segments."""
    found = (one(model).plain for one in (_dropped, _no_clusters, _unstable, _unconfirmed))
    return [text for text in found if text]


def reason(model: Model) -> str:
    """Say in one sentence why there are so many segments; nothing in older documents."""
    return model.training.choice.reason if model.training.choice else ""


def notes(model: Model) -> list[str]:
    """Say how the figures of the sweep came about."""
    found = []
    if unconfirmed := [row for row in model.sweep if not is_confirmed(row)]:
        found.append(
            f"Optimum not confirmed for {_ks(unconfirmed)}: fewer than {CONFIRMED_HITS} starts "
            "ended in the best result."
        )
    if late := [row for row in model.sweep if row.out_of_time]:
        found.append(
            f"The time limit ended the starts for {_ks(late)}: a faster machine may find a better "
            "result."
        )
    for name, title in SAMPLED.items():
        sample = model.training.sample(name)
        if sample.rows is None:
            continue
        repeats = [one for one in (sample.references, sample.bootstraps) if one is not None]
        figures = [f"n = {sample.rows:,}", *(f"B = {one}" for one in repeats)]
        if sample.error is not None:
            figures.append(f"standard error {sample.error:.4f} at k = {model.k}")
        every = sample.rows == model.training.rows
        found.append(
            f"{title.capitalize()}: on {'all' if every else 'a sample of the'} customers "
            f"({', '.join(figures)})."
        )
    if "stability" in model.training.samples:
        found.append("Stable does not mean separated.")
    return found


def is_confirmed(row: Criteria) -> bool:
    """Tell whether the best result came up often enough; a single start confirms nothing.

    It is the recipe of somebody who wants one start, and needs no warning.
    """
    if row.starts is None or row.hits is None:
        return True
    return row.starts == 1 or row.hits >= CONFIRMED_HITS


def is_unstable(segment: Segment) -> bool:
    """Tell whether a segment is known not to be found again reliably."""
    return segment.profile.jaccard is not None and segment.profile.jaccard < STABLE


def _exact(model: Model, *kinds: Callable[[Model], Caution]) -> list[str]:
    return [text for kind in kinds for text in kind(model).exact]


def _ks(rows: Sequence[Criteria]) -> str:
    return f"k = {', '.join(str(row.k) for row in rows)}"
