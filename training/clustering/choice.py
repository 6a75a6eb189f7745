"""Which number of segments, and what each criterion would have said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kneed import KneeLocator

from segmentation.criteria import Criteria
from segmentation.training_record import Choice

SAME = 1e-9
"""Figures that differ by no more are a tie, which the smaller k wins."""

GIVEN, BY_SILHOUETTE = "given", "silhouette"

TITLES = {
    "silhouette": "silhouette",
    "elbow": "elbow",
    "davies_bouldin": "Davies-Bouldin",
    "calinski_harabasz": "Calinski-Harabasz",
    "gap": "gap statistic",
    "stability": "stability",
}
"""What people call each criterion."""


def choose(sweep: Sequence[Criteria], given: int | None = None) -> Choice | None:
    """Decide; None where nobody gave a k and no silhouette is defined.

    The highest silhouette decides, the smaller k on ties. Nothing else does: the other criteria are
    there to be seen.

    Parameters
    ----------
    sweep
        Every k that was tried, ascending.
    given
        The number of segments that a person asked for.

    Examples
    --------
    >>> rows = [Criteria(k, 9 / k, s, 1, 1, 9, 1, 1) for k, s in ((1, None), (2, 0.4), (3, 0.4))]
    >>> choose(rows).k
    2
    """
    votes = {
        "silhouette": _extreme(sweep, lambda one: one.silhouette),
        "elbow": _elbow(sweep),
        "davies_bouldin": _extreme(sweep, lambda one: _negative(one.davies_bouldin)),
        "calinski_harabasz": _extreme(sweep, lambda one: one.calinski_harabasz),
        "gap": _by_gap(sweep),
        "stability": _extreme(sweep, lambda one: one.stability),
    }
    k = votes["silhouette"] if given is None else given
    if k is None:
        return None
    disagree = [name for name, vote in votes.items() if vote not in (None, k)]
    rule = BY_SILHOUETTE if given is None else GIVEN
    reason = _reason(sweep, k, rule, votes, disagree)
    return Choice(k, rule, reason, votes, tuple(disagree))


def _reason(
    sweep: Sequence[Criteria],
    k: int,
    rule: str,
    votes: Mapping[str, int | None],
    disagree: Sequence[str],
) -> str:
    if rule == GIVEN:
        why = f"k = {k} was given"
    else:
        tried = [one.k for one in sweep if one.silhouette is not None]
        figure = next(one.silhouette for one in sweep if one.k == k)
        why = f"k = {k} has the highest silhouette of k = {tried[0]} to {tried[-1]} ({figure:.3f})"
    agree = [TITLES[name] for name, vote in votes.items() if vote == k and name != rule]
    if agree:
        why += f"; {_listed(agree)} {'agrees' if len(agree) == 1 else 'agree'}"
    by_vote: dict[int | None, list[str]] = {}
    for name in disagree:
        by_vote.setdefault(votes[name], []).append(TITLES[name])
    for vote, titles in by_vote.items():
        favour = "favours" if len(titles) == 1 else "favour"
        said = "sees no clusters" if vote == 1 else f"{favour} {vote}"
        why += f"; {_listed(titles)} {said}"
    return f"{why}."


def _listed(texts: Sequence[str]) -> str:
    *most, last = texts
    return f"{', '.join(most)} and {last}" if most else last


def _extreme(sweep: Sequence[Criteria], figure: Callable[[Criteria], float | None]) -> int | None:
    figures = [(one.k, number) for one in sweep if (number := figure(one)) is not None]
    if not figures:
        return None
    highest = max(number for _, number in figures)
    return min(k for k, number in figures if number >= highest - SAME)


def _negative(number: float | None) -> float | None:
    return None if number is None else -number


def _elbow(sweep: Sequence[Criteria]) -> int | None:
    """Find the knee of the inertia.

    References
    ----------
    V. Satopää and others, "Finding a 'kneedle' in a haystack", ICDCS Workshops 2011.
    """
    inertias = {one.k: one.inertia for one in sweep if one.inertia is not None}
    if len(inertias) < 3:
        return None
    knee = KneeLocator(
        list(inertias),
        list(inertias.values()),
        curve="convex",
        direction="decreasing",
    ).knee
    return None if knee is None else int(knee)


def _by_gap(sweep: Sequence[Criteria]) -> int | None:
    """Give the smallest k that no larger one beats by more than its standard error.

    So 1, that is no clusters, only if gap(1) >= gap(k) - s(k) for every k > 1. The first k that
    its next one does not beat, as in the paper, stops at the first shallow step: at 1 for most
    customers.
    """
    measured = [(one.k, one.gap, one.gap_s) for one in sweep if one.gap is not None]
    for position, (k, gap, _) in enumerate(measured):
        if all(gap >= more - (s or 0.0) for _, more, s in measured[position + 1 :]):
            return k
    return None
