"""Customers by segment: where they lie, and how well each fits into its segment.

A segment has a colour, a shape and its id beside it, so that none has to be told apart by colour
alone. After eight the shapes begin again, in other colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from training.report.charts.frame import LEFT, TOP, Axis, Frame

_COLOURS = 8
_LINE = 20
_SHAPES = (
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",  # circle
    "m-2.7-2.7h5.4v5.4h-5.4z",  # square
    "m0-3.6 3.5 6.2h-7z",  # triangle
    "m0-3.9 3.5 3.9-3.5 3.9-3.5-3.9z",  # diamond
    "m-1.2-3.4h2.4v2.2h2.2v2.4h-2.2v2.2h-2.4v-2.2h-2.2v-2.4h2.2z",  # plus
    "m0 3.6 3.5-6.2h-7z",  # triangle on its head
    "m-3.2-1.8 1.4-1.4 1.8 1.8 1.8-1.8 1.4 1.4-1.8 1.8 1.8 1.8-1.4 1.4-1.8-1.8-1.8 1.8-1.4-1.4 "
    "1.8-1.8z",  # cross
    "m-1.3-3.8h2.6v7.6h-2.6z",  # bar
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Group:
    """The customers of one segment that are drawn.

    Parameters
    ----------
    id, name
        Of the segment.
    values
        Shape (customers, 2) to be scattered, (customers,) for silhouettes.
    """

    id: int
    name: str
    values: Floats


def symbol(number: int) -> str:
    """Draw the sign of a segment, by its place among them; beside its name it needs no text."""
    return (
        f'<svg class="symbol" viewBox="-6 -6 12 12" aria-hidden="true">'
        f'<path class="{colour_class(number)}" d="M0 0{sign_path(number)}"/></svg>'
    )


def scatter_chart(x: Axis, y: Axis, groups: Sequence[Group]) -> str:
    """Draw a sign for each customer, and each segment's id at the mean of its customers.

    Parameters
    ----------
    x, y
        What is drawn; wide enough for every value.
    groups
        The segments in their order; one may be empty.
    """
    frame = Frame(x, y, height=330)
    signs, ids, told = [], [], []
    for number, group in enumerate(groups):
        if not len(group.values):
            continue
        shape = sign_path(number)
        path = "".join(
            f"M{frame.left(one):.1f} {frame.top(other):.1f}{shape}"
            for one, other in group.values.tolist()
        )
        signs.append(f'<path class="sign {colour_class(number)}" d="{path}"/>')
        across, up = group.values.mean(axis=0).tolist()
        ids.append((group, frame.left(across), frame.top(up)))
        told.append(f"{group.id} {group.name} ({_place(x.part(across))}, {_place(y.part(up))})")
    alternative = (
        f"{y.title} (up) against {x.title} (across) of {_count(groups)}. Where the segments lie, "
        f"across and up, in percent of each axis: {'; '.join(told)}."
    )
    return frame.drawn(alternative, *signs, *_ids(ids), frame.labels(x.ticks()))


def silhouette_chart(groups: Sequence[Group], mean: float) -> str:
    """Draw the silhouette of each customer as a line from 0, those of a segment together.

    Parameters
    ----------
    groups
        The segments in their order; one may be empty.
    mean
        Over all of their customers; drawn as a dashed line.

    References
    ----------
    P. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis", Journal of Computational and Applied Mathematics, 1987.
    """
    filled = [(number, group) for number, group in enumerate(groups) if len(group.values)]
    rows = sum(len(group.values) for _, group in filled)
    gap = max(1.0, 0.02 * rows)
    x = Axis("silhouette", min(0.0, *(float(one.values.min()) for _, one in filled)), 1.0)
    frame = Frame(x, _NoTicks("", rows + gap * len(filled), 0.0), height=330)
    zero, done = frame.left(0.0), 0.0
    areas, told = [], []
    for number, group in filled:
        ordered = np.sort(group.values)[::-1].tolist()
        steps = "".join(
            f"H{frame.left(value):.1f}V{frame.top(done + place):.1f}"
            for place, value in enumerate(ordered, 1)
        )
        areas.append(
            f'<path class="area {colour_class(number)}" d="M{zero:.1f} {frame.top(done):.1f}{steps}'
            f'H{zero:.1f}z"/><text class="value" x="{LEFT - 8}" '
            f'y="{frame.top(done + len(ordered) / 2) + 4:.1f}">{group.id}</text>'
        )
        below = sum(value < 0 for value in ordered)
        told.append(f"{group.id} {group.name}: mean {np.mean(ordered):.2f}, {below} below 0")
        done += len(ordered) + gap
    at = frame.left(mean)
    line = (
        f'<path class="marker" d="M{at:.1f} {TOP}V{frame.top(rows + gap * len(filled)):.1f}"/>'
        f'<text class="middle" x="{at:.1f}" y="{TOP - 6}">mean {mean:.2f}</text>'
    )
    alternative = f"Silhouettes of {_count(groups)}, mean {mean:.2f}. {'; '.join(told)}."
    return frame.drawn(alternative, *areas, line, frame.labels(x.ticks()))


def sign_path(number: int) -> str:
    """Return the path of a sign around a point."""
    return _SHAPES[number % len(_SHAPES)]


def colour_class(number: int) -> str:
    """Return the class of a colour: never twice with the same shape, up to 64 segments."""
    return f"s{(number + number // len(_SHAPES)) % _COLOURS}"


class _NoTicks(Axis):
    """An axis of places that mean nothing by themselves."""

    def ticks(self) -> list[tuple[float, str]]:
        """Give none."""
        return []


def _ids(places: Sequence[tuple[Group, float, float]]) -> list[str]:
    """Write each segment's id where it belongs, or as near to the right of it as there is room."""
    written: list[tuple[float, float]] = []
    parts = []
    for group, left, y in places:
        text, x = str(group.id), left
        wide = 10 + 7 * len(text)
        while any(abs(x - one) < wide + 2 and abs(y - other) < _LINE for one, other in written):
            x += 1
        written.append((x, y))
        parts.append(
            f'<rect class="label" x="{x - wide / 2:.1f}" y="{y - 9:.1f}" width="{wide}" '
            f'height="18" rx="4"/><text class="id" x="{x:.1f}" y="{y + 4:.1f}">{text}'
            f"<title>{escape(group.name)}</title></text>"
        )
    return parts


def _place(part: float) -> str:
    return f"{100 * part:.0f}"


def _count(groups: Sequence[Group]) -> str:
    return f"{sum(len(group.values) for group in groups):,} customers"
