"""Parts of a document that grew from release to release, with a type and read back whole."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

from segmentation.document import Section

_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all of these parts have in common.

    Parameters
    ----------
    absent
        Fields that the document does not have: they are not written while they are empty, so that
        a document of an earlier release is written as it was.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """Fields that no document has while they are empty."""

    absent: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    @classmethod
    def unknown(cls) -> Self:
        """An object of which the document says nothing, where no field is needed."""
        return cls(absent=frozenset(one.name for one in fields(cls)))

    @classmethod
    def absent_in(cls, section: Section) -> frozenset[str]:
        """The fields of this class that a document does not have."""
        return frozenset(one.name for one in fields(cls)).difference(section.names)

    def to_dict(self) -> dict[str, object]:
        """The fields as a document holds them."""
        may_be_absent = self.absent | self.OPTIONAL
        told = {}
        for one in fields(self):
            value = _plain(getattr(self, one.name))
            if one.name != "absent" and (one.name not in may_be_absent or value not in _EMPTY):
                told[one.name] = value
        return told


def _plain(value: object) -> object:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
