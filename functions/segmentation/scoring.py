"""The scoring rule for one customer: nearest centroid, and why.

The batch engine repeats this arithmetic column by column with the same float64 operations in the
same order, so both give the same bits: subtract, divide, subtract, multiply, add, in spec order.
The rule is the assignment step of Lloyd's algorithm (S. Lloyd, "Least squares quantization in
PCM", IEEE Transactions on Information Theory 28(2), 1982).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.features import Value
from segmentation.model import Model, Segment


@dataclass(frozen=True, slots=True)
class Driver:
    """What one feature did for the decision between the nearest and the second segment.

    Parameters
    ----------
    feature
        Name of the feature.
    contribution
        Its exact part of (second distance)² - (nearest distance)², in scaled space; positive
        where it speaks for the nearest.
    share
        That part divided by the whole difference; None on a tie.
    """

    feature: str
    contribution: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """One customer's segment.

    Parameters
    ----------
    ranked
        All segments with their distances, nearest first; ties by lowest id.
    margin
        (second - nearest) / second distance: 0 between two segments, 1 on a centroid.
    outlier
        Whether the customer lies beyond the radius of its segment.
    drivers
        One for each feature, largest absolute contribution first.
    """

    ranked: tuple[tuple[Segment, float], ...]
    margin: float
    outlier: bool
    drivers: tuple[Driver, ...]

    @property
    def segment(self) -> Segment:
        """The nearest segment."""
        return self.ranked[0][0]

    @property
    def distance(self) -> float:
        """Euclidean distance to the nearest centroid, in scaled space."""
        return self.ranked[0][1]


def assign(model: Model, customer: Sequence[Value]) -> Assignment:
    """Assign one customer.

    Parameters
    ----------
    model
        The model that decides.
    customer
        One value for each feature of the model's spec, as `Feature.read_text` gives it.
    """
    point = [
        (column.transformed(number) - column.offset) / column.scale
        for number, column in zip(model.spec.encode(customer), model.columns, strict=True)
    ]
    squares = [_squared_distance(point, segment.centroid) for segment in model.segments]
    order = sorted(range(model.k), key=lambda index: (squares[index], index))
    ranked = tuple((model.segments[index], math.sqrt(squares[index])) for index in order)
    (first, nearest), (second, runner_up) = ranked[:2]
    return Assignment(
        ranked=ranked,
        margin=(runner_up - nearest) / runner_up if runner_up > 0 else 0.0,
        outlier=nearest > first.radius,
        drivers=_drivers(model, point, first, second),
    )


def _squared_distance(point: Sequence[float], centroid: Sequence[float]) -> float:
    total = 0.0
    for number, centre in zip(point, centroid, strict=True):
        difference = number - centre
        total += difference * difference
    return total


def _drivers(
    model: Model, point: Sequence[float], first: Segment, second: Segment
) -> tuple[Driver, ...]:
    parts = dict.fromkeys((column.feature for column in model.columns), 0.0)
    for column, number, near, far in zip(
        model.columns, point, first.centroid, second.centroid, strict=True
    ):
        parts[column.feature] += (number - far) * (number - far) - (number - near) * (number - near)
    whole = math.fsum(parts.values())
    drivers = [
        Driver(feature, part, part / whole if whole else None) for feature, part in parts.items()
    ]
    return tuple(sorted(drivers, key=lambda driver: -abs(driver.contribution)))
