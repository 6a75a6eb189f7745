"""The report of a model: one HTML file for people, with nothing loaded from outside.

Marketing comes first (who the segments are, and what to do), the doubts of a data scientist second.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from segmentation.errors import RegistryError, SegmentationError
from segmentation.model import Model
from segmentation.registry import Registry
from training.models.cautions import STABLE, cautions, notes, reason, warnings
from training.report.charts import frame
from training.report.criteria import CRITERIA, criteria_charts, votes
from training.report.segments import centre_titles, heat_titles, segment_facts

if TYPE_CHECKING:
    from training.report.pictures import Pictures

ATTACHED = "report.html"
"""The file beside a version's model document in the registry."""

DROPPED = {
    "wrong_field_count": "too many or too few fields",
    "not_text": "not readable as text",
    "missing_value": "a value is missing",
    "not_a_number": "text where a number belongs",
    "out_of_bounds": "a number outside of what is possible",
    "unknown_category": "a word that the spec does not know",
    "duplicate_id": "the id stood before",
}
"""Why rows were dropped, in words."""


def attach_report(registry: Registry, version: str, html: str) -> None:
    """Publish a report beside its version.

    Raises
    ------
    RegistryError
        It could not be stored; the version stays as it is.
    """
    try:
        registry.attach(version, ATTACHED, html.encode())
    except SegmentationError as exc:
        raise RegistryError(
            f"{registry.address}: {version} is published, but without its report: {exc}"
        ) from exc


def html_report(model: Model, pictures: Pictures | None = None) -> str:
    """Write the report of a model; the same text for the same model and pictures.

    Parameters
    ----------
    model
        A published model; older documents, that know less, are told of too.
    pictures
        Of its customers (`training.report.pictures.draw`), which only training has at hand.
    """
    dropped, used = model.training.dropped, model.training.rows
    return template("page.html").render(
        model=model,
        trained=_day(model.created_at),
        title=f"{model.spec.title}: {model.k} segments",
        chart_style=frame.STYLE,
        pictures=pictures,
        cautions=cautions(model),
        warnings=warnings(model),
        segments=segment_facts(model),
        centre_titles=centre_titles(model),
        heat_titles=heat_titles(model),
        reason=reason(model),
        charts=criteria_charts(model),
        votes=votes(model),
        criteria=CRITERIA,
        notes=notes(model),
        stable=STABLE,
        sample=model.training.sample("stability"),
        used=used,
        dropped=[(DROPPED.get(code, code), code, count) for code, count in dropped.items()],
        read=None if used is None else used + sum(dropped.values()),
        lineage=_lineage(model),
    )


def _lineage(model: Model) -> dict[str, str]:
    training = model.training
    facts = {
        "Version": model.version,
        "Trained": model.created_at,
        "Customers": training.address,
        "Files": training.files,
        "sha256": training.sha256,
        "Spec": model.spec.name,
        "Seed": training.seed,
        "Ids and names from": training.succeeds.version if training.succeeds else None,
        "Libraries": ", ".join(f"{name} {text}" for name, text in model.libraries.items()),
    }
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def _day(moment: str) -> str:
    """Give the date of a moment in ISO 8601, or whatever else an older document says."""
    return moment.partition("T")[0]


def _shown(value: float | None, form: str = ",") -> str:
    return "–" if value is None else format(value, form)


@cache
def template(name: str) -> Template:
    """Return the template of a page, a file in this folder."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,  # whatever comes from data is text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": _shown, "drawn": Markup}
    return environment.get_template(name)
