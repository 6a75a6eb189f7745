"""Drift for people: a table and a trend for the terminal, a chart for a file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rich.table import Table

from cli.output import printable
from cli.tables.models import new_table
from cli.tables.operations import SHOWN, moment
from operations.drift import UploadDrift
from segmentation.drift import LARGE, MODERATE, Index

HIGHEST = 0.5
"""What fills a bar; more is as bad."""

BLOCKS = "▁▂▃▄▅▆▇█"
UNTOLD = "·"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 340, 56, 210, 36, 40
COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5")


def drift_table(found: Sequence[UploadDrift]) -> Table:
    """List the latest uploads with what has moved most in each."""
    table = new_table("Drift, latest uploads last")
    for title in ("reported at", "upload"):
        table.add_column(title, overflow="fold")
    for title in ("rows", "model"):
        table.add_column(title, justify="right")
    for title in ("moved most", "PSI", "segments", "band"):
        table.add_column(title, justify="right" if title in ("PSI", "segments") else "left")
    for one in found[-SHOWN:]:
        name, index = one.strongest
        table.add_row(
            moment(one.reported_at),
            printable(one.upload),
            f"{one.rows:,}",
            printable(one.model_version),
            printable(name),
            _number(index),
            _number(one.indices["segments"]),
            index.band,
        )
    if len(found) > SHOWN:
        table.add_row("", f"and {len(found) - SHOWN:,} earlier (--json lists all)")
    return table


def drift_trend(found: Sequence[UploadDrift]) -> Table:
    """Draw each index over the latest uploads as a row of bars.

    A dot is an upload with too few rows to tell.
    """
    table = new_table(f"PSI from upload to upload (a full bar is {HIGHEST} or more)")
    for title in ("", "oldest to latest", "latest", "band", "drifted"):
        table.add_column(title, justify="right" if title in ("latest", "drifted") else "left")
    shown = found[-SHOWN:]
    for name in _names(shown):
        series = [one.indices.get(name) for one in shown]
        told = [one for one in series if one is not None]
        moved = sum(one.has_drifted for one in told)
        table.add_row(
            printable(name),
            "".join(_block(one) for one in series),
            _number(told[-1]),
            told[-1].band,
            f"{moved:,} of {len(told):,}",
        )
    return table


def drift_picture(found: Sequence[UploadDrift]) -> str:
    """Draw the indices over time as SVG; what has too few rows to tell is left out."""
    times = [one.reported_at.timestamp() for one in found]
    first, last = (times[0], times[-1]) if times else (0.0, 0.0)
    told = [
        index.psi
        for one in found
        for index in one.indices.values()
        if index.psi is not None and index.band != "too few rows"
    ]
    top = max([HIGHEST, *told])

    def x(time: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * ((time - first) / (last - first or 1.0))

    def y(psi: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * psi / top

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">Population stability index of uploads</text>',
    ]
    for level, words in (
        (0.0, "0"),
        (MODERATE, f"{MODERATE} moderate"),
        (LARGE, f"{LARGE} large"),
    ):
        dash = "" if level == 0 else ' stroke-dasharray="4 3"'
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(level):.1f}" y2="{y(level):.1f}" '
            f'stroke="#888"{dash}/>'
            f'<text x="{WIDTH - RIGHT + 6}" y="{y(level) + 4:.1f}" fill="#555">{words}</text>'
        )
    for number, name in enumerate(_names(found)):
        colour = COLOURS[number % len(COLOURS)]
        points = [
            (x(time), y(one.indices[name].psi or 0.0))
            for time, one in zip(times, found, strict=True)
            if name in one.indices and one.indices[name].band != "too few rows"
        ]
        line = " ".join(f"{across:.1f},{up:.1f}" for across, up in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3" fill="{colour}"/>'
            for across, up in points
        ]
        parts.append(
            f'<text x="{WIDTH - RIGHT + 100}" y="{TOP + 16 * number + 8}" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    if found:
        ends = ((LEFT, "start", found[0]), (WIDTH - RIGHT, "end", found[-1]))
        parts += [
            f'<text x="{place}" y="{HEIGHT - 14}" text-anchor="{anchor}" fill="#555">'
            f"{moment(one.reported_at)}</text>"
            for place, anchor, one in ends
        ]
    return "\n".join([*parts, "</svg>\n"])


def drift_page(found: Sequence[UploadDrift]) -> str:
    """Give the chart and all figures as a page that stands alone."""
    names = _names(found)
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "\n".join(
        f"<tr><td>{moment(one.reported_at)}</td><td>{escape(one.upload)}</td>"
        f"<td>{one.rows:,}</td><td>{escape(one.model_version)}</td>"
        + "".join(_cell(one.indices.get(name)) for name in names)
        + "</tr>"
        for one in found
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Drift</title>\n'
        "<style>body{font-family:sans-serif;margin:2rem;max-width:70rem}"
        "table{border-collapse:collapse}td,th{padding:.25rem .75rem;border-bottom:1px solid #ccc;"
        "text-align:left}.moderate{background:#fff3cd}.large{background:#f8d7da}"
        "</style></head><body>\n<h1>Drift</h1>\n"
        f"{drift_picture(found)}"
        f"<table><tr><th>reported at</th><th>upload</th><th>rows</th><th>model</th>{head}</tr>\n"
        f"{rows}\n</table></body></html>\n"
    )


def _cell(index: Index | None) -> str:
    if index is None:
        return "<td></td>"
    kind = index.band if index.has_drifted else ""
    return f'<td class="{kind}">{_number(index)} {escape(index.band)}</td>'


def _names(found: Sequence[UploadDrift]) -> list[str]:
    """Every name in the order in which it first comes."""
    return list(dict.fromkeys(name for one in found for name in one.indices))


def _number(index: Index) -> str:
    return "–" if index.psi is None else f"{index.psi:.3f}"


def _block(index: Index | None) -> str:
    if index is None or index.psi is None or index.band == "too few rows":
        return UNTOLD
    return BLOCKS[min(int(index.psi / HIGHEST * len(BLOCKS)), len(BLOCKS) - 1)]
