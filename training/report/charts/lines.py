"""A value for each number of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from training.report.charts.frame import BOTTOM, TOP, Axis, Frame


def line_chart(
    title: str,
    points: Sequence[tuple[int, float]],
    *,
    marked: int,
    form: str,
    zero: bool = False,
    errors: Mapping[int, float] | None = None,
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
    errors
        How far a value may be off, by k.
    """
    if not points:
        return ""
    off = errors or {}
    low = min(value - off.get(k, 0.0) for k, value in points)
    high = max(value + off.get(k, 0.0) for k, value in points)
    frame = Frame(
        Axis("number of segments k", points[0][0], points[-1][0]),
        Axis(title, 0.0 if zero else low, high),
    )
    said = {
        k: f"{value:{form}}" + (f" ± {off[k]:{form}}" if k in off else "") for k, value in points
    }
    told = ", ".join(f"k = {k}: {text}" for k, text in said.items())
    places = [(k, frame.left(k), frame.top(value)) for k, value in points]
    parts = [f'<polyline class="line" points="{_joined(places)}"/>']
    for (k, value), (_, x, y) in zip(points, places, strict=True):
        if k in off:
            lower, upper = frame.top(value - off[k]), frame.top(value + off[k])
            parts.append(
                f'<path class="error" d="M{x - 4:.1f} {lower:.1f}h8m-4 0V{upper:.1f}m-4 0h8"/>'
            )
        if k == marked:
            end = frame.height - BOTTOM
            parts.append(
                f'<path class="marker" d="M{x:.1f} {TOP}V{end}"/>'
                f'<circle class="chosen" cx="{x:.1f}" cy="{y:.1f}" r="7"/>'
            )
        parts.append(
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3.5">'
            f"<title>k = {k}: {escape(said[k])}</title></circle>"
        )
    parts.append(frame.labels((k, str(k)) for k, _ in points))
    return frame.drawn(f"{title}. {told}. The model has k = {marked}.", *parts)


def _joined(places: Sequence[tuple[int, float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for _, x, y in places)
