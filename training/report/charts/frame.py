"""What all charts have: a frame with two axes, and a text alternative."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
"""What a page with charts needs; it defines the colours for light, dark and paper."""

WIDTH = 400
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 22, 44
_STEPS = 6
_MARGIN = 0.03
_SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))


@dataclass(frozen=True, slots=True)
class Axis:
    """Values along one side of a chart.

    Parameters
    ----------
    title
        What is measured.
    low, high
        The least and largest value that has a place.
    logarithmic
        Whether values are logarithms of 1 + what is written beside them.
    """

    title: str
    low: float
    high: float
    logarithmic: bool = False

    def part(self, value: float) -> float:
        """Give how far along the axis a value lies, from 0 to 1; 0.5 without any spread."""
        span = self.high - self.low
        return (value - self.low) / span if span else 0.5

    def ticks(self) -> list[tuple[float, str]]:
        """Give round values that lie on the axis, each with its label.

        Examples
        --------
        >>> [label for _, label in Axis("", 0, 2.4e6).ticks()]
        ['0', '500,000', '1M', '1.5M', '2M']
        >>> [label for _, label in Axis("", 0, 7, logarithmic=True).ticks()]
        ['0', '10', '100', '1,000']
        """
        if self.logarithmic:
            powers = (10.0**power for power in range(1, 100))
            places = [(math.log1p(number), _label(number)) for number in (0.0, *powers)]
            inside = [one for one in places if self.low <= one[0] <= self.high]
            if len(inside) > 1:
                return inside
        numbers = _round_numbers(self.low, self.high)
        if self.logarithmic:
            return [(number, _label(round(math.expm1(number), 1))) for number in numbers]
        return [(number, _label(number)) for number in numbers]


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of a chart that values have a place in.

    Parameters
    ----------
    x, y
        The axes.
    height
        Of the whole chart; the width is always `WIDTH`.
    """

    x: Axis
    y: Axis
    height: int = 250

    def left(self, value: float) -> float:
        """Give the horizontal place of a value."""
        return LEFT + (WIDTH - LEFT - RIGHT) * self.x.part(value)

    def top(self, value: float) -> float:
        """Give the vertical place of a value."""
        return self.height - BOTTOM - (self.height - TOP - BOTTOM) * self.y.part(value)

    def grid(self) -> str:
        """Draw a line for each round value of the vertical axis."""
        parts = []
        for value, label in self.y.ticks():
            y = self.top(value)
            parts.append(
                f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
                f'<text class="value" x="{LEFT - 8}" y="{y + 4:.1f}">{label}</text>'
            )
        return "".join(parts)

    def labels(self, places: Iterable[tuple[float, str]]) -> str:
        """Write under the horizontal axis what lies where."""
        return "".join(
            f'<text class="middle" x="{self.left(value):.1f}" y="{self.height - 26}">'
            f"{escape(label)}</text>"
            for value, label in places
        )

    def drawn(self, alternative: str, *parts: str) -> str:
        """Put the chart together.

        Parameters
        ----------
        alternative
            Says everything that the picture shows, for those who do not see it.
        parts
            What is drawn over the grid.
        """
        middle = (LEFT + WIDTH - RIGHT) / 2
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {self.height}" role="img" '
            f'aria-label="{escape(alternative)}">{self.grid()}{"".join(parts)}'
            f'<text class="title" x="4" y="12">{escape(self.y.title)}</text>'
            f'<text class="middle" x="{middle:.0f}" y="{self.height - 6}">'
            f"{escape(self.x.title)}</text></svg>"
        )


def with_margin(title: str, low: float, high: float, *, logarithmic: bool = False) -> Axis:
    """Give an axis on which nothing lies at the very edge."""
    margin = _MARGIN * (high - low)
    return Axis(title, low - margin, high + margin, logarithmic)


def _round_numbers(low: float, high: float) -> list[float]:
    if high <= low:
        return [low]
    least = (high - low) / _STEPS
    power = 10.0 ** math.floor(math.log10(least))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= least * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    # Multiples of a step such as 0.1 have noise in their last digits.
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def _label(number: float) -> str:
    if abs(number) >= 1e15:
        return f"{number:.0e}"
    for size, mark in _SIZES:
        if abs(number) >= size:
            return f"{number / size:g}{mark}"
    return f"{number:,.0f}" if number == round(number) else f"{number:g}"
