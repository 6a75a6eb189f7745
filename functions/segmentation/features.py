"""Features: what a column of customers means, how its values are read, judged and encoded."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from segmentation import values
from segmentation.document import Section
from segmentation.errors import Reason, ValueRejected

NAME_PATTERN = r"[a-z][a-z0-9_]*"
SCALINGS = ("none", "standard", "minmax", "robust")
TRANSFORMS = ("none", "log1p")
ENCODINGS = ("codes", "one_hot")
SMALLEST_WEIGHT, LARGEST_WEIGHT = 1e-3, 1e3
"""How much less or more a feature can count; beyond, it is none, or the only one."""

_CATEGORIES_SHOWN = 10
_SCORABLE = {"minimum": -values.LARGEST_NUMBER, "maximum": values.LARGEST_NUMBER}


@dataclass(frozen=True, slots=True)
class Names:
    """What a column is called: ``name`` in the system, ``title`` and ``aliases`` in files."""

    name: str
    title: str
    aliases: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Every name the column is found under, the canonical one first."""
        return (self.name, self.title, *self.aliases)

    @classmethod
    def read(cls, section: Section) -> Names:
        """Read the names of a column from its section."""
        name = section.text("name", pattern=NAME_PATTERN)
        return cls(name, section.text("title", default=name), section.texts("aliases"))

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {"name": self.name, "title": self.title, "aliases": list(self.aliases)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed interval; None leaves a side open."""

    minimum: float | None
    maximum: float | None

    def contains(self, number: float) -> bool:
        """Tell whether the number lies in the interval."""
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
        """Say it in words with both sides: ``0 to 120``, ``at least 0 (and at most 1e+100)``."""
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
        inner = section.section(name)
        bounds = cls(
            inner.optional_number("min", **_SCORABLE), inner.optional_number("max", **_SCORABLE)
        )
        inner.close()
        if not bounds.lowest <= bounds.highest:
            section.fail(name, f"min {bounds.lowest} is above max {bounds.highest}")
        return bounds

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
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
            raise _missing(self.name)
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
            raise _missing(self.name)
        if isinstance(value, str):
            # A text like "30" does look like a number; say what is wrong with it.
            raise _wrong(self.name, Reason.NOT_A_NUMBER, value, "is a text, expected a number")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._rejected(Reason.NOT_A_NUMBER, json_text(value))
        try:
            number = float(value)  # as exact as from the text: both round to the nearest
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._rejected(Reason.NOT_A_NUMBER, json_text(value))
        if not self.valid.contains(number):
            raise self._rejected(Reason.OUT_OF_BOUNDS, json_text(value))
        return number

    def encode(self, value: float) -> tuple[float, ...]:
        """Give the value in the feature's columns, before scaling."""
        return (value,)

    def expectation(self, reason: Reason) -> str:
        """Say, after the value, what is wrong with one rejected for this reason."""
        if reason is Reason.OUT_OF_BOUNDS:
            return f"is out of bounds, expected {self.valid}"
        return "is not a number"

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {
            **self.names.to_dict(),
            "kind": self.kind,
            "unit": self.unit,
            "valid": self.valid.to_dict(),
            "typical": self.typical.to_dict(),
            "scaling": self.scaling,
            **({} if self.transform == "none" else {"transform": self.transform}),
            **_weight_written(self.weight),
        }

    def _rejected(self, reason: Reason, text: str) -> ValueRejected:
        return _wrong(self.name, reason, text, self.expectation(reason))


@dataclass(frozen=True, slots=True)
class Category:
    """One value of a categorical feature; ``code`` is its number under the encoding ``codes``."""

    name: str
    aliases: tuple[str, ...]
    code: float | None

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {"name": self.name, "aliases": list(self.aliases), "code": self.code}


@dataclass(frozen=True)
class CategoricalFeature:
    """A feature whose values are names.

    Parameters
    ----------
    names
        Name, title and aliases.
    encoding
        ``codes``: one column holding the category's code; ``one_hot``: one column for each
        category, 1 where the value is that category and 0 elsewhere.
    categories
        All of them, at least two.
    weight
        How much the feature counts; 2 doubles its part of a distance.
    """

    kind: ClassVar[str] = "categorical"
    names: Names
    encoding: str
    categories: tuple[Category, ...]
    weight: float = 1.0

    @property
    def transform(self) -> str:
        """What is done to a code before it is scaled: nothing."""
        return "none"

    @property
    def name(self) -> str:
        """The one name of the feature."""
        return self.names.name

    @property
    def columns(self) -> tuple[str | None, ...]:
        """The feature's columns in centroid space: the categories if one-hot, else one."""
        return tuple(c.name for c in self.categories) if self.encoding == "one_hot" else (None,)

    @cached_property
    def by_text(self) -> Mapping[str, Category]:
        """The categories by every name and alias, in the form `values.normalised` gives."""
        return {
            values.normalised(text): category
            for category in self.categories
            for text in (category.name, *category.aliases)
        }

    def read_text(self, text: str, *, decimal_comma: bool = False) -> Category:
        """Read the value of a CSV field.

        Raises
        ------
        ValueRejected
            The field is empty or names no category.
        """
        category = self.by_text.get(values.normalised(text))
        if category is not None:
            return category
        trimmed = text.strip(values.TRIMMED)
        if not trimmed:
            raise _missing(self.name)
        reason = Reason.UNKNOWN_CATEGORY
        raise _wrong(self.name, reason, trimmed, self.expectation(reason))

    def read_json(self, value: object) -> Category:
        """Read the value of a JSON field: a text, or a number whose text names a category.

        Raises
        ------
        ValueRejected
            The value is null, of another type, or names no category.
        """
        if value is None:
            raise _missing(self.name)
        if isinstance(value, bool | list | dict | tuple):
            reason = Reason.UNKNOWN_CATEGORY
            raise _wrong(self.name, reason, json_text(value), self.expectation(reason))
        return self.read_text(json_text(value))

    def encode(self, value: Category) -> tuple[float, ...]:
        """Give the value in the feature's columns."""
        if self.encoding == "one_hot":
            return tuple(float(category == value) for category in self.categories)
        assert value.code is not None  # noqa: S101  the reader below guarantees it
        return (value.code,)

    def expectation(self, reason: Reason) -> str:
        """Say, after the value, what is wrong with one that names no category."""
        names = [category.name for category in self.categories]
        more = len(names) - _CATEGORIES_SHOWN
        listed = ", ".join(names[:_CATEGORIES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"is unknown, expected one of {listed}"

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {
            **self.names.to_dict(),
            "kind": self.kind,
            "encoding": self.encoding,
            "categories": [category.to_dict() for category in self.categories],
            **_weight_written(self.weight),
        }


Feature = NumericFeature | CategoricalFeature
Value = float | Category


def read_feature(section: Section) -> Feature:
    """Read one feature of a spec.

    Raises
    ------
    DocumentError
        A field is missing, unknown, of another type or contradicts another.
    """
    names = Names.read(section)
    feature: Feature
    if section.choice("kind", ("numeric", "categorical")) == "numeric":
        feature = NumericFeature(
            names=names,
            unit=section.text("unit", default=""),
            valid=Bounds.read(section, "valid"),
            typical=Bounds.read(section, "typical"),
            scaling=section.choice("scaling", SCALINGS, default="none"),
            transform=section.choice("transform", TRANSFORMS, default="none"),
            weight=_read_weight(section),
        )
        if feature.transform == "log1p" and feature.valid.lowest < 0:
            section.fail("transform", "log1p takes no negative number, expected valid.min >= 0")
    else:
        encoding = section.choice("encoding", ENCODINGS)
        categories = _read_categories(section, encoding)
        feature = CategoricalFeature(names, encoding, categories, _read_weight(section))
    section.close()
    return feature


def _read_weight(section: Section) -> float:
    given = section.optional_number("weight", minimum=SMALLEST_WEIGHT, maximum=LARGEST_WEIGHT)
    return 1.0 if given is None else given


def _weight_written(weight: float) -> dict[str, object]:
    """Give the field, or none for an ordinary weight: a reader that knows no weights reads on."""
    return {} if weight == 1 else {"weight": weight}


def _read_categories(section: Section, encoding: str) -> tuple[Category, ...]:
    categories: list[Category] = []
    seen: set[str] = set()
    for inner in section.sections("categories"):
        code = _read_code(inner, categories) if encoding == "codes" else None
        if encoding == "one_hot" and inner.has("code"):
            inner.fail("code", "a one-hot category has no code")
        category = Category(inner.text("name"), inner.texts("aliases"), code)
        inner.close()
        texts = {values.normalised(text) for text in (category.name, *category.aliases)}
        if "" in texts:
            inner.fail("name", "got an empty name or alias, expected a text")
        if doubled := texts & seen:
            inner.fail(
                "name",
                f"{json.dumps(doubled.pop())} names two categories, expected one",
            )
        seen |= texts
        categories.append(category)
    if len(categories) < 2:
        section.fail("categories", "got one category, expected at least two")
    return tuple(categories)


def _read_code(section: Section, before: Sequence[Category]) -> float:
    code = section.number("code", **_SCORABLE)
    for other in before:
        if other.code == code:
            got = f"got {values.format_number(code)}, the code of {json.dumps(other.name)} too"
            section.fail("code", f"{got}, expected distinct codes")
    return code


def json_text(value: object) -> str:
    """Give the text of a JSON value as a CSV would hold it, so that both are judged alike."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | tuple):
        return "a list or an object"
    return json.dumps(value)


def _missing(feature: str) -> ValueRejected:
    return ValueRejected(feature, Reason.MISSING_VALUE, values.missing_detail(feature))


def _wrong(feature: str, reason: Reason, text: str, expectation: str) -> ValueRejected:
    return ValueRejected(
        feature,
        reason,
        values.shown(text).join(values.detail_ends(feature, expectation)),
    )
