"""Names: what a column of customers is called, in the system and in files."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation import values
from segmentation.document import Section
from segmentation.errors import Reason, ValueRejected

NAME_PATTERN = r"[a-z][a-z0-9_]*"


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
        """The fields as a document holds them."""
        return {"name": self.name, "title": self.title, "aliases": list(self.aliases)}

    def missing(self) -> ValueRejected:
        """The rejection of a row without a value in the column."""
        return ValueRejected(self.name, Reason.MISSING_VALUE, values.missing_detail(self.name))

    def wrong(self, reason: Reason, text: str, expectation: str) -> ValueRejected:
        """The rejection of a wrong value, whose message repeats the value."""
        ends = values.detail_ends(self.name, expectation)
        return ValueRejected(self.name, reason, values.shown(text).join(ends))
