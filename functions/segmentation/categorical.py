"""Categorical features: how names of categories are read and encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from segmentation import values
from segmentation.document import Section
from segmentation.errors import Reason
from segmentation.names import Names
from segmentation.weight import read_weight, weight_field

ENCODINGS = ("codes", "one_hot")

_CATEGORIES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Category:
    """One value of a categorical feature; ``code`` is its number under the encoding ``codes``."""

    name: str
    aliases: tuple[str, ...]
    code: float | None

    def to_dict(self) -> dict[str, object]:
        """The fields as a document holds them."""
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
            raise self.names.missing()
        reason = Reason.UNKNOWN_CATEGORY
        raise self.names.wrong(reason, trimmed, self.expectation(reason))

    def read_json(self, value: object) -> Category:
        """Read the value of a JSON field: a text, or a number whose text names a category.

        Raises
        ------
        ValueRejected
            The value is null, of another type, or names no category.
        """
        if value is None:
            raise self.names.missing()
        if isinstance(value, bool | list | dict | tuple):
            reason = Reason.UNKNOWN_CATEGORY
            raise self.names.wrong(reason, values.json_text(value), self.expectation(reason))
        return self.read_text(values.json_text(value))

    def encode(self, value: Category) -> tuple[float, ...]:
        """The value in the feature's columns."""
        if self.encoding == "one_hot":
            return tuple(float(category == value) for category in self.categories)
        assert value.code is not None  # noqa: S101  reading guarantees it
        return (value.code,)

    def expectation(self, reason: Reason) -> str:
        """What is wrong with a value that names no category, in words that follow the value."""
        names = [category.name for category in self.categories]
        more = len(names) - _CATEGORIES_SHOWN
        listed = ", ".join(names[:_CATEGORIES_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"is unknown, expected one of {listed}"

    def to_dict(self) -> dict[str, object]:
        """The fields as a document holds them."""
        return {
            **self.names.to_dict(),
            "kind": self.kind,
            "encoding": self.encoding,
            "categories": [category.to_dict() for category in self.categories],
            **weight_field(self.weight),
        }

    @classmethod
    def read(cls, names: Names, section: Section) -> CategoricalFeature:
        """Read what a section says besides the names."""
        encoding = section.choice("encoding", ENCODINGS)
        return cls(names, encoding, _read_categories(section, encoding), read_weight(section))


def _read_categories(section: Section, encoding: str) -> tuple[Category, ...]:
    categories: list[Category] = []
    seen: set[str] = set()
    for inner in section.sections("categories"):
        with inner:
            code = _read_code(inner, categories) if encoding == "codes" else None
            if encoding == "one_hot" and inner.has("code"):
                inner.fail("code", "a one-hot category has no code")
            category = Category(inner.text("name"), inner.texts("aliases"), code)
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
    code = section.number("code", minimum=-values.LARGEST_NUMBER, maximum=values.LARGEST_NUMBER)
    for other in before:
        if other.code == code:
            got = f"got {values.format_number(code)}, the code of {json.dumps(other.name)} too"
            section.fail("code", f"{got}, expected distinct codes")
    return code
