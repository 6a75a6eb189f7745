"""What speaks for a number of segments, as the report tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.model import Model
from training.report.charts.lines import line_chart

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion as people read of it.

    Parameters
    ----------
    name
        Of its figure in the sweep.
    vote
        Its name among the votes for k.
    title
        What it is called.
    meaning
        What a good figure is.
    form
        How a figure is written.
    """

    name: str
    vote: str
    title: str
    meaning: str
    form: str


CRITERIA = (
    Criterion(
        "silhouette",
        "silhouette",
        "Silhouette",
        "how much nearer customers are to their own segment than to the next; −1 to 1, larger is "
        "better",
        ".3f",
    ),
    Criterion(
        "inertia",
        "elbow",
        "Elbow (inertia)",
        "spread within the segments; always falls, and the bend is what counts",
        ",.2f",
    ),
    Criterion(
        "davies_bouldin",
        "davies_bouldin",
        "Davies-Bouldin",
        "overlap of neighbouring segments; smaller is better",
        ".3f",
    ),
    Criterion(
        "calinski_harabasz",
        "calinski_harabasz",
        "Calinski-Harabasz",
        "spread between segments over spread within; larger is better",
        ",.1f",
    ),
    Criterion(
        "gap",
        "gap",
        "Gap statistic",
        "how much tighter than customers without any groups would be; the first k that no larger "
        "one clearly beats",
        ".3f",
    ),
    Criterion(
        "stability",
        "stability",
        "Stability (bootstrap ARI)",
        "whether other customers of the same kind would be cut the same way; up to 1, larger is "
        "better, but stable does not mean separated",
        ".3f",
    ),
)


def criteria_charts(model: Model) -> list[dict[str, str]]:
    """Draw every criterion over k; without those that the model knows nothing of."""
    charts = []
    for one in CRITERIA:
        points = [
            (k, value)
            for row in model.sweep
            if (k := _k(row)) and (value := figure(row, one.name)) is not None
        ]
        errors = {
            k: s
            for row in model.sweep
            if one.name == "gap" and (k := _k(row)) and (s := figure(row, "gap_s")) is not None
        }
        chart = line_chart(
            one.title,
            points,
            marked=model.k,
            form=one.form,
            zero=one.name == "inertia",
            errors=errors,
        )
        if chart:
            charts.append({"meaning": one.meaning, "chart": chart})
    return charts


def votes(model: Model) -> list[dict[str, object]]:
    """Tell which k each criterion favours; nothing in older documents."""
    choice = model.training.get("choice")
    told = choice.get("votes") if isinstance(choice, Mapping) else None
    if not isinstance(told, Mapping):
        return []
    chosen: Row = next((row for row in model.sweep if row.get("k") == model.k), {})
    return [
        {
            "title": one.title,
            "figure": figure(chosen, one.name),
            "form": one.form,
            "favours": told.get(one.vote),
            "agrees": told.get(one.vote) == model.k,
        }
        for one in CRITERIA
        if one.vote in told
    ]


def figure(row: Row, name: str) -> float | None:
    """Give a figure of the sweep, or None where there is none."""
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else None


def _k(row: Row) -> int:
    k = row.get("k")
    return k if isinstance(k, int) else 0
