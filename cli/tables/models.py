"""Tables of models for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segmentation.errors import DocumentError
from segmentation.features import Feature
from segmentation.model import Model, Segment
from segmentation.numeric import NumericFeature
from segmentation.report import Report
from training.models.cautions import notes, reason, warnings

_BAR = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"

_CRITERIA = (
    "silhouette",
    "Davies-\nBouldin",
    "Calinski-\nHarabasz",
    "gap ± s",
    "stability\n(ARI)",
    "least\nJaccard",
    "best found\nby starts",
)


def show_model(out: Console, model: Model) -> None:
    """Print a model: where it comes from, its elbow curve and its segments."""
    training = model.training
    out.print(
        Text(model.version, "bold"),
        f" {model.spec.title}, k = {model.k}, trained {model.created_at} "
        f"on {_known(training.rows)} customers of {_known(training.address)}",
    )
    for warning in warnings(model):
        out.print(warning, style="yellow")
    out.print(sweep_table(model))
    if why := reason(model):
        out.print(Text(why, "bold"))
    for note in notes(model):
        out.print(Text(note, "dim"))
    out.print()
    out.print(segment_table(model))
    for segment in model.segments:
        out.print(
            Text.assemble((f"{segment.id} {segment.name}", "bold"), f"  {_close(model, segment)}")
        )
        out.print(f"  {segment.description}. {segment.advice}.")


def sweep_table(model: Model) -> Table:
    """Draw the elbow curve with the criteria beside it; the model's own k is marked."""
    table = new_table("Every k that was tried")
    for title in ("k", "inertia"):
        table.add_column(title, justify="right")
    table.add_column("elbow", no_wrap=True)
    for title in _CRITERIA:
        table.add_column(title, justify="right")
    largest = max((row.inertia or 0.0 for row in model.sweep), default=0.0)
    for row in model.sweep:
        chosen = row.k == model.k
        inertia = row.inertia or 0.0
        gap = f"{_shown(row.gap, '.2f')} ± {row.gap_s:.2f}" if row.gap_s is not None else "–"
        table.add_row(
            f"{'→ ' if chosen else ''}{row.k}",
            f"{inertia:,.2f}",
            bar(inertia / largest if largest else 0.0),
            _shown(row.silhouette, ".4f"),
            _shown(row.davies_bouldin, ".3f"),
            _shown(row.calinski_harabasz, ",.1f"),
            gap,
            _shown(row.stability, ".3f"),
            _shown(min(row.jaccard) if row.jaccard else None, ".2f"),
            f"{_known(row.hits)} of {_known(row.starts)}",
            style="bold" if chosen else "",
        )
    return table


def segment_table(model: Model) -> Table:
    """List the segments with their centres in original units."""
    table = new_table("Segments")
    table.add_column("id", justify="right")
    table.add_column("segment", overflow="fold")
    table.add_column("customers", justify="right")
    table.add_column("share", justify="right")
    for feature in model.spec.features:
        table.add_column(feature.names.title, justify="right")
    for segment in model.segments:
        centre = model.centroid_in_units(segment)
        table.add_row(
            str(segment.id),
            segment.name,
            f"{segment.size:,}",
            f"{segment.share:.1%}",
            *(centre_text(feature, centre[feature.name]) for feature in model.spec.features),
        )
    return table


def version_table(versions: Mapping[str, Model | DocumentError], champion: str | None) -> Table:
    """List the versions of a registry, or what is wrong with them."""
    table = new_table("Versions")
    for title in ("version", "serves", "spec", "k", "silhouette", "customers", "trained", "from"):
        table.add_column(title, overflow="fold")
    for version, model in versions.items():
        if isinstance(model, DocumentError):
            table.add_row(version, "", Text(f"damaged: {model}", "red"))
            continue
        table.add_row(
            version,
            "champion" if version == champion else "",
            model.spec.name,
            str(model.k),
            _shown(model.metrics.silhouette, ".3f"),
            _shown(model.training.rows, ",d"),
            model.created_at,
            _known(model.training.address),
        )
    return table


def scored_table(report: Report) -> Table:
    """List how many customers of a scored file fell into each segment."""
    table = new_table("Scored")
    for title in ("id", "segment", "customers", "share"):
        table.add_column(title, justify="left" if title == "segment" else "right")
    for one in report.segments:
        table.add_row(str(one.id), one.name, f"{one.count:,}", f"{one.share:.1%}")
    return table


def centre_text(feature: Feature, centre: object) -> str:
    """Say where the centre of a segment lies: a mean, or the share of the code's 1 or categories.

    Examples
    --------
    >>> from training.specs.files import load_spec
    >>> gender, age, *_ = load_spec("mall_customers").features
    >>> centre_text(age, 44.48), centre_text(gender, 0.435)
    ('44.5', '44% Male')
    """
    if isinstance(centre, Mapping):
        return ", ".join(f"{share:.0%} {name}" for name, share in centre.items())
    assert isinstance(centre, float)  # noqa: S101  a mapping or a number
    if not isinstance(feature, NumericFeature):
        named = {category.code: category.name for category in feature.categories}
        if set(named) == {0.0, 1.0}:
            return f"{centre:.0%} {named[1.0]}"
        return f"{centre:.2f}"
    return f"{centre:,.1f}"


def bar(part: float) -> str:
    """Draw a part of the whole width, to an eighth of a character.

    Examples
    --------
    >>> bar(0.5) == "█" * 6, bar(1 / 96)
    (True, '▏')
    """
    eighths = round(part * _BAR * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def new_table(title: str) -> Table:
    """Begin a table in the style of all."""
    return Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)


def _close(model: Model, segment: Segment) -> str:
    close = segment.profile.close_to_average
    listed = ", ".join(one.names.title for one in model.spec.features if one.name in close)
    return f"({listed} close to average)" if listed else ""


def _shown(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _known(value: object) -> str:
    return "?" if value is None else str(value)
