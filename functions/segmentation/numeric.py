"""Numeric features: how numbers are read, bounded and encoded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from segmentation import values
from segmentation.document import Section
from segmentation.errors import Reason, ValueRejected
from segmentation.names import Names
from segmentation.weight import read_weight, weight_field

SCALINGS = ("none", "standard", "minmax", "robust")
TRANSFORMS = ("none", "log1p")

_SCORABLE = {"minimum": -values.LARGEST_NUMBER, "maximum": values.LARGEST_NUMBER}


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed interval; None leaves a side open."""

    minimum: float | None
    maximum: float | None

    def contains(self, number: float) -> bool:
        """Whether the number lies in the interval."""
        return self.lowest <= number <= self.highest

    @property
    def lowest(self) -> float:
        """The minimum, or where that side is open the least number that can be scored."""
        return -values.LARGEST_NUMBER if self.minimum is None else self.minimum

    @property
    def highest(self) -> float:
        """The maximum, or where that side is open the largest number that can be scored."""
        return values.LARGEST_NUMBER if self.maximum is None else self.maximum

    @property
    def stated(self) -> str:
        """The sides that are not open, in words: ``0 to 120``, ``at least 0``."""
        if self.minimum is not None and self.maximum is None:
            return f"at least {values.format_number(self.minimum)}"
        if self.minimum is None and self.maximum is not None:
            return f"at most {values.format_number(self.maximum)}"
        return f"{values.format_number(self.lowest)} to {values.format_number(self.highest)}"

    def __str__(self) -> str:
        """Both sides in words: ``0 to 120``, ``at least 0 (and at most 1e+100)``."""
        if self.minimum is not None and self.maximum is None:
            return f"{self.stated} (and at most {values.format_number(self.highest)})"
        if self.minimum is None and self.maximum is not None:
            return f"{self.stated} (and at least {values.format_number(self.lowest)})"
        return self.stated

    @classmethod
    def read(cls, section: Section, name: str) -> Bounds:
        """Read ``{min, max}``; an absent one is open on both sides."""
        if not section.has(name):
            return cls(None, None)
        with section.section(name) as inner:
            bounds = cls(
                inner.optional_number("min", **_SCORABLE), inner.optional_number("max", **_SCORABLE)
            )
        if not bounds.lowest <= bounds.highest:
            section.fail(name, f"min {bounds.lowest} is above max {bounds.highest}")
        return bounds

    def to_dict(self) -> dict[str, object]:
        """The fields as a document holds them."""
        return {"min": self.minimum, "max": self.maximum}


@dataclass(frozen=True, slots=True)
class NumericFeature:
    """A feature whose values are numbers.

    Parameters
    ----------
    names
        Name, title and aliases.
    unit
        What the numbers count, such as ``years``; may be empty.
    valid
        Outside of it a value is rejected.
    typical
        Outside of it a value is scored, with a warning.
    scaling
        How training finds offset and scale: none, standard, minmax or robust.
    transform
        What is done to a value before it is scaled: none, or ``log1p`` (the logarithm of 1 + the
        value), which makes ten times as much count the same anywhere, for skewed money columns.
    weight
        How much the feature counts once it is scaled; 2 doubles its part of a distance.
    """

    kind: ClassVar[str] = "numeric"
    names: Names
    unit: str
    valid: Bounds
    typical: Bounds
    scaling: str
    transform: str = "none"
    weight: float = 1.0

    @property
    def name(self) -> str:
        """The one name of the feature."""
        return self.names.name

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The feature's columns in centroid space: one, without a category."""
        return (None,)

    def read_text(self, text: str, *, decimal_comma: bool = False) -> float:
        """Read the value of a CSV field.

        Raises
        ------
        ValueRejected
            The field is empty, not a number, or out of bounds.
        """
        trimmed = text.strip(values.TRIMMED)
        if not trimmed:
            raise self.names.missing()
        number = values.parse_number(trimmed, decimal_comma=decimal_comma)
        if number is None:
            raise self._rejected(Reason.NOT_A_NUMBER, trimmed)
        if not self.valid.contains(number):
            raise self._rejected(Reason.OUT_OF_BOUNDS, trimmed)
        return number

    def read_json(self, value: object) -> float:
        """Read the value of a JSON field, where a number must be a number.

        Raises
        ------
        ValueRejected
            The value is null, not a finite number, or out of bounds.
        """
        if value is None:
            raise self.names.missing()
        if isinstance(value, str):
            # A text like "30" does look like a number; say what is wrong with it.
            raise self.names.wrong(Reason.NOT_A_NUMBER, value, "is a text, expected a number")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._rejected(Reason.NOT_A_NUMBER, values.json_text(value))
        try:
            number = float(value)  # as exact as from the text: both round to the nearest
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._rejected(Reason.NOT_A_NUMBER, values.json_text(value))
        if not self.valid.contains(number):
            raise self._rejected(Reason.OUT_OF_BOUNDS, values.json_text(value))
        return number

    def encode(self, value: float) -> tuple[float, ...]:
        """The value in the feature's columns, before scaling."""
        return (value,)

    def expectation(self, reason: Reason) -> str:
        """What is wrong with a value rejected for this reason, in words that follow the value."""
        if reason is Reason.OUT_OF_BOUNDS:
            return f"is out of bounds, expected {self.valid}"
        return "is not a number"

    def to_dict(self) -> dict[str, object]:
        """The fields as a document holds them."""
        return {
            **self.names.to_dict(),
            "kind": self.kind,
            "unit": self.unit,
            "valid": self.valid.to_dict(),
            "typical": self.typical.to_dict(),
            "scaling": self.scaling,
            **({} if self.transform == "none" else {"transform": self.transform}),
            **weight_field(self.weight),
        }

    @classmethod
    def read(cls, names: Names, section: Section) -> NumericFeature:
        """Read what a section says besides the names."""
        feature = cls(
            names=names,
            unit=section.text("unit", default=""),
            valid=Bounds.read(section, "valid"),
            typical=Bounds.read(section, "typical"),
            scaling=section.choice("scaling", SCALINGS, default="none"),
            transform=section.choice("transform", TRANSFORMS, default="none"),
            weight=read_weight(section),
        )
        if feature.transform == "log1p" and feature.valid.lowest < 0:
            section.fail("transform", "log1p takes no negative number, expected valid.min >= 0")
        return feature

    def _rejected(self, reason: Reason, text: str) -> ValueRejected:
        return self.names.wrong(reason, text, self.expectation(reason))
