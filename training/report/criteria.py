"""What speaks for a number of segments, as the report tells it."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.criteria import Criteria
from segmentation.model import Model
from training.report.charts.lines import line_chart


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

    def of(self, row: Criteria) -> float | None:
        """The figure of a row of the sweep."""
        figure: float | None = getattr(row, self.name)
        return figure


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
        gaps = model.sweep if one.name == "gap" else ()
        chart = line_chart(
            one.title,
            [(row.k, figure) for row in model.sweep if (figure := one.of(row)) is not None],
            marked=model.k,
            form=one.form,
            zero=one.name == "inertia",
            errors={row.k: row.gap_s for row in gaps if row.gap_s is not None},
        )
        if chart:
            charts.append({"meaning": one.meaning, "chart": chart})
    return charts


def votes(model: Model) -> list[dict[str, object]]:
    """Tell which k each criterion favours; nothing in older documents."""
    told = model.training.choice.votes if model.training.choice else {}
    chosen = next((row for row in model.sweep if row.k == model.k), Criteria(model.k))
    return [
        {
            "title": one.title,
            "figure": one.of(chosen),
            "form": one.form,
            "favours": told[one.vote],
            "agrees": told[one.vote] == model.k,
        }
        for one in CRITERIA
        if one.vote in told
    ]
