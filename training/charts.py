"""Charts as inline SVG: they take their colours from the page, so they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 480, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 16, 16, 40
_TICKS = 4


def line_chart(
    title: str,
    points: Sequence[tuple[int, float]],
    *,
    marked: int,
    form: str,
    zero: bool = False,
) -> str:
    """Draw values over k, with one k marked; the text alternative lists every value.

    Parameters
    ----------
    title
        What the values are.
    points
        k and value, by ascending k.
    marked
        The k of the model.
    form
        How a value is written, as for `format`.
    zero
        Whether the vertical axis begins at 0 instead of at the least value.
    """
    if not points:
        return ""
    values = [value for _, value in points]
    low, high = 0.0 if zero else min(values), max(values)
    span = (high - low) or 1.0
    first, last = points[0][0], points[-1][0]

    def x(k: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (k - first) / max(last - first, 1)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / span

    told = ", ".join(f"k = {k}: {value:{form}}" for k, value in points)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}. '
        f'{escape(told)}. The model has k = {marked}.">'
    ]
    for step in range(_TICKS + 1):
        value = low + span * step / _TICKS
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}"/>'
            f'<text class="value" x="{_LEFT - 8}" y="{y(value) + 4:.1f}">{value:{form}}</text>'
        )
    line = " ".join(f"{x(k):.1f},{y(value):.1f}" for k, value in points)
    parts.append(f'<polyline class="line" points="{line}"/>')
    for k, value in points:
        size, kind = (7, "point marked") if k == marked else (4, "point")
        parts.append(
            f'<circle class="{kind}" cx="{x(k):.1f}" cy="{y(value):.1f}" r="{size}">'
            f"<title>k = {k}: {value:{form}}</title></circle>"
            f'<text class="k" x="{x(k):.1f}" y="{HEIGHT - 18}">{k}</text>'
        )
    parts.append(
        f'<text class="k" x="{(_LEFT + WIDTH - _RIGHT) / 2:.0f}" y="{HEIGHT - 2}">'
        "number of segments k</text></svg>"
    )
    return "".join(parts)
