"""Parts of a document that have a type: read whole, and written as their release wrote them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import partial
from types import NoneType
from typing import Any, ClassVar, Self

from segmentation.document import Section

REQUIRED: Any = MISSING
"""In place of a default: a document without the field is refused."""

_EMPTY: tuple[object, ...] = (None, "", [], {})


def read_by(
    read: Callable[..., object], default: Callable[[], object] = NoneType, /, **limits: object
) -> Any:
    """Declare a field of a record by how it is read.

    Parameters
    ----------
    read
        Reads a field of a section by its name, such as `Section.number`.
    default
        Makes what the field is where a document does not have it, or has null: None, unless
        something else is given here, or `REQUIRED`.
    limits
        For `read`.
    """
    return field(default_factory=default, metadata={"read": partial(read, **limits)})


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
    def read(cls, section: Section, **known: object) -> Self:
        """Read all fields but those that are known already.

        Raises
        ------
        DocumentError
            A field is missing, unknown, of another type or out of range; the error names it.
        """
        told: dict[str, Any] = dict(known)
        with section:
            for one in fields(cls):
                is_read = one.metadata and one.name not in known
                if is_read and (section.has(one.name) or one.default_factory is MISSING):
                    told[one.name] = one.metadata["read"](section, one.name)
        absent = frozenset(one.name for one in fields(cls)).difference(section.names)
        return cls(**told, absent=absent)

    @classmethod
    def read_field(cls, section: Section, name: str) -> Self:
        """Read an object of a section."""
        return cls.read(section.section(name))

    @classmethod
    def unknown(cls) -> Self:
        """An object of which the document says nothing, where no field is required."""
        return cls.read(Section({}, ""))

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
