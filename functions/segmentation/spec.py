"""The spec: which columns of a customer file are features, and how they are read and named.

A spec is written as TOML by people and travels inside the model document as JSON, with the same
fields, so input is read the same way wherever the model goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from segmentation import values
from segmentation.document import Section
from segmentation.features import Feature, Value, read_feature
from segmentation.names import NAME_PATTERN, Names
from segmentation.naming import Naming
from segmentation.numeric import NumericFeature

OUTPUT_NAMES = (
    "segment",
    "segment_name",
    "distance",
    "margin",
    "outlier",
    "model_version",
)
"""Columns that scoring adds to a customer; no feature may take these names."""

REJECT_NAMES = ("_row", "_reason", "_detail")
"""Columns of a reject file; dropped again when a mended one is uploaded."""


@dataclass(frozen=True)
class Spec:
    """What a customer is, for one kind of model.

    Parameters
    ----------
    name, title
        What the spec is called, for the system and for people.
    id
        The column that identifies a customer; never a feature.
    features
        At least one, in the order in which distances are summed.
    naming
        The words and texts from which segments get names and advice.
    outliers_beyond
        How many interquartile ranges outside of the quartiles a customer may lie, in any numeric
        feature, to still take part in finding the centres; None: everybody does. Whoever does not
        belongs to a segment all the same.
    """

    name: str
    title: str
    id: Names
    features: tuple[Feature, ...]
    naming: Naming
    outliers_beyond: float | None = None

    @property
    def columns(self) -> tuple[tuple[Feature, str | None], ...]:
        """Centroid space: a feature and, where it is one-hot, a category for each dimension."""
        return tuple(
            (feature, category) for feature in self.features for category in feature.columns
        )

    def encode(self, customer: Sequence[Value]) -> tuple[float, ...]:
        """Give a customer in centroid space before scaling: one number for each column."""
        return tuple(
            number
            for feature, value in zip(self.features, customer, strict=True)
            for number in feature.encode(value)  # type: ignore[arg-type]
        )

    @cached_property
    def _by_header(self) -> Mapping[str, Names]:
        return {
            header_key(header): names
            for names in (self.id, *(feature.names for feature in self.features))
            for header in names.all
        }

    def find(self, header: str) -> Names | None:
        """Find the id or feature that a header names, ignoring case and outer space."""
        return self._by_header.get(header_key(header))

    @classmethod
    def from_dict(cls, raw: object, where: str = "spec") -> Spec:
        """Read a spec as TOML or JSON gives it.

        Raises
        ------
        DocumentError
            A field is missing, unknown, of another type or contradicts another.
        """
        with Section(raw, where) as section:
            with section.section("id") as id_section:
                id_names = Names.read(id_section)
            features = tuple(read_feature(one) for one in section.sections("features"))
            _refuse_shared_names(section, (id_names, *(feature.names for feature in features)))
            name = section.text("name", pattern=NAME_PATTERN)
            return cls(
                name=name,
                title=section.text("title", default=name),
                id=id_names,
                features=features,
                naming=Naming.read(
                    section, {f.name for f in features if isinstance(f, NumericFeature)}
                ),
                outliers_beyond=_read_fit(section),
            )

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {
            "name": self.name,
            "title": self.title,
            "id": self.id.to_dict(),
            "features": [feature.to_dict() for feature in self.features],
            "naming": self.naming.to_dict(),
            **(
                {}
                if self.outliers_beyond is None
                else {"fit": {"outliers_beyond": self.outliers_beyond}}
            ),
        }


def _read_fit(section: Section) -> float | None:
    # Below 1.5 (Tukey's inner fence) a normal distribution would lose a part of its ordinary tails.
    with section.section("fit", optional=True) as inner:
        return inner.optional_number("outliers_beyond", minimum=1.5, maximum=1000)


def header_key(header: str) -> str:
    """Give the form in which headers are compared: without outer space and case."""
    return header.strip().casefold()


def _refuse_shared_names(section: Section, columns: Sequence[Names]) -> None:
    taken = {header_key(name): "an output column" for name in (*OUTPUT_NAMES, *REJECT_NAMES)}
    for names in columns:
        own = {header_key(name) for name in names.all}
        for key in own:
            if key in taken:
                section.fail(names.name, f'"{key}" is already the name of {taken[key]}')
            if not key or key != key.strip(values.TRIMMED):
                section.fail(names.name, "got an empty title or alias, expected a text")
        taken |= dict.fromkeys(own, names.name)
