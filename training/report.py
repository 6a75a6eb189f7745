"""The report of a model: one HTML file for people, with nothing loaded from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from segmentation.features import CategoricalFeature
from segmentation.model import Model, Segment
from training.charts import line_chart
from training.summary import dropped_rows, warnings

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0;
  --page: #ffffff; --card: #f6f8fa; --accent: #0b62c4; --warn: #9a5b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d;
  --page: #0d1117; --card: #161b22; --accent: #6cb0ff; --warn: #e3b341; } }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1rem 4rem; color: var(--ink);
  background: var(--page); font: 16px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.8rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
h3 { margin: 0; font-size: 1.05rem; } p { margin: .25rem 0; } .soft { color: var(--soft); }
.warning { color: var(--warn); font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; }
.card { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); break-inside: avoid; }
.share { height: .5rem; margin: .5rem 0; border-radius: .25rem; background: var(--line); }
.share div { height: 100%; border-radius: .25rem; background: var(--accent);
  print-color-adjust: exact; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right;
  vertical-align: top; font-variant-numeric: tabular-nums; }
th.text, td.text { text-align: left; } tr.chosen { font-weight: 700; background: var(--card); }
svg { width: 100%; height: auto; } svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .value { text-anchor: end; } svg .k { text-anchor: middle; }
svg .grid { stroke: var(--line); } svg .line { fill: none; stroke: var(--accent); stroke-width: 2; }
svg .point { fill: var(--accent); } svg .marked { stroke: var(--page); stroke-width: 2; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media print { body { max-width: none; padding: 0; } h2 { break-after: avoid; } }
"""


def html_report(model: Model) -> str:
    """Write the report of a model.

    Parameters
    ----------
    model
        A published model.
    """
    title = f"{model.spec.title}: {model.k} segments"
    rows = model.training.get("rows", 0)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="soft">Model {escape(model.version)}, trained {escape(model.created_at)} '
            f"on {_number(rows, ',')} customers</p>",
            *(f'<p class="warning">{escape(text)}</p>' for text in warnings(model)),
            '<h2>The segments</h2>\n<div class="cards">',
            *(_card(model, segment) for segment in model.segments),
            "</div>\n<h2>Their centres</h2>",
            _centres(model),
            '<h2>Why this number of segments</h2>\n<div class="charts">',
            _chart(model, "inertia", "Elbow curve: inertia", ",.0f", zero=True),
            _chart(model, "silhouette", "Silhouette, larger is better", ".3f"),
            "</div>",
            _sweep(model),
            "<h2>Where it comes from</h2>",
            _lineage(model),
            "</body>\n</html>\n",
        ]
    )


def _card(model: Model, segment: Segment) -> str:
    apart = _apart(model, segment)
    return (
        f'<div class="card"><h3>{escape(segment.name)}</h3>'
        f'<p class="soft">Segment {segment.id}: {segment.size:,} customers, '
        f"{segment.share:.1%}</p>"
        f'<div class="share"><div style="width: {100 * segment.share:.1f}%"></div></div>'
        f"<p>{escape(segment.description)}.</p>"
        f"<p><strong>Advice:</strong> {escape(segment.advice)}.</p>"
        + (f'<p class="soft">Set apart by {escape(apart)}.</p>' if apart else "")
        + "</div>"
    )


def _apart(model: Model, segment: Segment) -> str:
    """Say in words what sets a segment apart: ``Age (far below average)``."""
    features, apart = segment.profile.get("features"), segment.profile.get("set_apart_by")
    if not isinstance(features, Mapping) or not isinstance(apart, Sequence):
        return ""
    titles = {feature.name: feature.names.title for feature in model.spec.features}
    told = []
    for name in apart:
        z = features.get(name, {}).get("z")
        if name in titles and isinstance(z, int | float):
            told.append(f"{titles[name]} ({_words(z)})")
    return ", ".join(told)


def _words(z: float) -> str:
    if abs(z) < 0.1:
        return "close to average"
    distance = "far " if abs(z) > 1 else "slightly " if abs(z) < 0.5 else ""
    return f"{distance}{'below' if z < 0 else 'above'} average"


def _centres(model: Model) -> str:
    """Give the mean of each number and the part of each category."""
    header = ["Segment", "Customers", "Share"]
    for feature in model.spec.features:
        if isinstance(feature, CategoricalFeature):
            header += [f"{feature.names.title}: {one.name}" for one in feature.categories]
        else:
            unit = f" ({feature.unit})" if feature.unit else ""
            header.append(f"{feature.names.title}{unit}")
    body = []
    for segment in model.segments:
        cells = [segment.name, f"{segment.size:,}", f"{segment.share:.1%}"]
        body.append((False, cells + _means(model, segment)))
    return _table(header, body)


def _means(model: Model, segment: Segment) -> list[str]:
    features = segment.profile.get("features")
    told: Mapping[str, Mapping[str, object]] = features if isinstance(features, Mapping) else {}
    cells = []
    for feature in model.spec.features:
        facts = told.get(feature.name, {})
        if isinstance(feature, CategoricalFeature):
            shares = facts.get("shares")
            parts = shares if isinstance(shares, Mapping) else {}
            cells += [_number(parts.get(one.name), ".0%") for one in feature.categories]
        else:
            cells.append(_number(facts.get("mean"), ",.1f"))
    return cells


def _chart(model: Model, name: str, title: str, form: str, *, zero: bool = False) -> str:
    points = []
    for row in model.sweep:
        k, value = row.get("k"), row.get(name)
        if isinstance(k, int) and isinstance(value, int | float):
            points.append((k, float(value)))
    chart = line_chart(title, points, marked=model.k, form=form, zero=zero)
    return f"<figure class='card' style='margin: 0'><h3>{escape(title)}</h3>{chart}</figure>"


def _sweep(model: Model) -> str:
    forms = {
        "k": "d",
        "inertia": ",.2f",
        "silhouette": ".3f",
        "davies_bouldin": ".3f",
        "calinski_harabasz": ",.1f",
        "starts": ",d",
        "hits": ",d",
    }
    titles = ["k", "Inertia", "Silhouette", "Davies-Bouldin", "Calinski-Harabasz"]
    return _table(
        [*titles, "Starts", "Starts that ended here"],
        [
            (
                row.get("k") == model.k,
                [_number(row.get(name), form) for name, form in forms.items()],
            )
            for row in model.sweep
        ],
    )


def _lineage(model: Model) -> str:
    training = model.training
    dropped = ", ".join(f"{count:,} {reason}" for reason, count in dropped_rows(training).items())
    facts = {
        "Customers": training.get("address", ""),
        "sha256": training.get("sha256", ""),
        "Rows used": _number(training.get("rows"), ","),
        "Rows dropped": dropped or "none",
        "Seed": training.get("seed", ""),
        "Libraries": ", ".join(f"{name} {text}" for name, text in model.libraries.items()),
    }
    entries = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items()
    )
    return f"<dl>{entries}</dl>"


def _table(header: Sequence[str], rows: Iterable[tuple[bool, Sequence[str]]]) -> str:
    """Write a table whose first column is text; marked rows stand out."""
    lines = ['<div class="scroll"><table><thead>', _row("th", header, marked=False), "</thead>"]
    lines += [_row("td", cells, marked=marked) for marked, cells in rows]
    return "".join([*lines, "</table></div>"])


def _row(tag: str, cells: Sequence[str], *, marked: bool) -> str:
    kind = ' class="chosen"' if marked else ""
    first, *others = (escape(cell) for cell in cells)
    return (
        f'<tr{kind}><{tag} class="text">{first}</{tag}>'
        + "".join(f"<{tag}>{cell}</{tag}>" for cell in others)
        + "</tr>"
    )


def _number(value: object, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) else "–"
