"""Strict reading of JSON and TOML objects: every error names the path of its field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import NoReturn, Self, TypeVar

from segmentation.errors import DocumentError

T = TypeVar("T")

LARGEST_COUNT = 2**53
"""Whole numbers up to this one are the same in every reader of JSON."""


class Section:
    """One object of a document, read field by field; a ``with`` block closes it at its end.

    Parameters
    ----------
    raw
        The parsed value; anything but an object is refused.
    where
        Path of the object, the beginning of every error message.

    Raises
    ------
    DocumentError
        From every method, when a field is missing, of another type or out of range.

    Examples
    --------
    >>> with Section({"name": "age", "min": 0}, "feature") as section:
    ...     section.text("name"), section.number("min")
    ('age', 0.0)
    >>> section.number("max")
    Traceback (most recent call last):
    segmentation.errors.DocumentError: feature.max: missing, expected a number
    """

    def __init__(self, raw: object, where: str) -> None:
        if not isinstance(raw, Mapping):
            raise DocumentError(where, f"got {_shown(raw)}, expected an object")
        self.where = where
        self._raw: Mapping[str, object] = raw
        self._read: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()

    def has(self, name: str) -> bool:
        """Tell whether the field is there and not null."""
        self._read.add(name)
        return self._raw.get(name) is not None

    def raw(self, name: str, expected: str = "a value") -> object:
        """Give the field as it was parsed."""
        if not self.has(name):
            self.fail(name, f"missing, expected {expected}")
        return self._raw[name]

    def fail(self, name: str, problem: str) -> NoReturn:
        """Raise the error of a field."""
        raise DocumentError(f"{self.where}.{name}", problem)

    def text(self, name: str, *, pattern: str | None = None, default: str | None = None) -> str:
        """Read a text, optionally one that a regular expression matches whole."""
        if default is not None and not self.has(name):
            return default
        value = self.raw(name, "a text")
        if not isinstance(value, str):
            self.fail(name, f"got {_shown(value)}, expected a text")
        if pattern is not None and not re.fullmatch(pattern, value):
            self.fail(name, f"got {_shown(value)}, expected a text like {pattern}")
        return value

    def optional_text(self, name: str) -> str | None:
        """Read a text, or None where the field is absent or null."""
        return self.text(name) if self.has(name) else None

    def choice(self, name: str, choices: tuple[str, ...], *, default: str | None = None) -> str:
        """Read a text that is one of a few."""
        value = self.text(name, default=default)
        if value not in choices:
            self.fail(name, f"got {_shown(value)}, expected one of {', '.join(choices)}")
        return value

    def number(
        self, name: str, *, minimum: float | None = None, maximum: float | None = None
    ) -> float:
        """Read a finite number, optionally within limits."""
        return self._number(name, self.raw(name, "a number"), minimum, maximum)

    def optional_number(
        self, name: str, *, minimum: float | None = None, maximum: float | None = None
    ) -> float | None:
        """Read a finite number, or None where the field is absent or null."""
        return self.number(name, minimum=minimum, maximum=maximum) if self.has(name) else None

    def share(self, name: str) -> float:
        """Read a part of a whole, from 0 to 1."""
        return self.number(name, minimum=0, maximum=1)

    def integer(self, name: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
        """Read a whole number, optionally within limits."""
        return self._integer(name, self.raw(name, "a whole number"), minimum, maximum)

    def count(self, name: str) -> int:
        """Read how many there are of something."""
        return self.integer(name, minimum=0, maximum=LARGEST_COUNT)

    def optional_count(self, name: str) -> int | None:
        """Read how many there are of something, or None where the field is absent or null."""
        return self.count(name) if self.has(name) else None

    def flag(self, name: str) -> bool:
        """Read yes or no."""
        value = self.raw(name, "true or false")
        if not isinstance(value, bool):
            self.fail(name, f"got {_shown(value)}, expected true or false")
        return value

    def numbers(
        self,
        name: str,
        *,
        length: int | None = None,
        minimum: float | None = None,
        maximum: float | None = None,
    ) -> tuple[float, ...]:
        """Read a list of finite numbers, optionally of an exact length and within limits."""
        values = self._list(name, "a list of numbers")
        if length is not None and len(values) != length:
            self.fail(name, f"got {len(values)} numbers, expected {length}")
        return tuple(
            self._number(f"{name}[{position}]", value, minimum, maximum)
            for position, value in enumerate(values)
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list of texts; an absent one is empty."""
        values = self._list(name, "a list of texts") if self.has(name) else []
        for position, value in enumerate(values):
            if not isinstance(value, str):
                self.fail(f"{name}[{position}]", f"got {_shown(value)}, expected a text")
        return tuple(str(value) for value in values)

    def counts(self, name: str) -> tuple[int, ...]:
        """Read a list of counts."""
        return tuple(
            self._integer(f"{name}[{position}]", value, 0, LARGEST_COUNT)
            for position, value in enumerate(self._list(name, "a list of whole numbers"))
        )

    def section(self, name: str, *, optional: bool = False) -> Section:
        """Read an object as a section of its own; where it is optional, an absent one is empty."""
        raw = {} if optional and not self.has(name) else self.raw(name, "an object")
        return Section(raw, f"{self.where}.{name}")

    def sections(self, name: str, *, least: int = 1) -> list[Section]:
        """Read a list of objects, at least one; where none is needed, an absent list is empty."""
        found = self.each(name, lambda section: section) if least or self.has(name) else ()
        if len(found) < least:
            self.fail(name, "got an empty list, expected at least one entry")
        return list(found)

    def each(self, name: str, read: Callable[[Section], T]) -> tuple[T, ...]:
        """Read a list of objects by a function."""
        return tuple(
            read(Section(value, f"{self.where}.{name}[{position}]"))
            for position, value in enumerate(self._list(name, "a list of objects"))
        )

    def by_name(self, name: str, read: Callable[[Section, str], T]) -> dict[str, T]:
        """Read an object of any fields, each by a function; an absent one is empty.

        Examples
        --------
        >>> Section({"dropped": {"not_text": 2}}, "training").by_name("dropped", Section.count)
        {'not_text': 2}
        """
        inner = self.section(name, optional=True)
        return {one: read(inner, one) for one in inner.names}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(self._raw)

    def close(self) -> None:
        """Refuse fields that nobody read: a misspelt field must not be ignored in silence."""
        unknown = sorted(set(self._raw) - self._read)
        if unknown:
            self.fail(
                unknown[0],
                f"unknown field, expected only {', '.join(sorted(self._read))}",
            )

    def _list(self, name: str, expected: str) -> list[object]:
        value = self.raw(name, expected)
        if not isinstance(value, list):
            self.fail(name, f"got {_shown(value)}, expected {expected}")
        return value

    def _number(
        self, name: str, value: object, minimum: float | None, maximum: float | None
    ) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(name, f"got {_shown(value)}, expected a number")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            self.fail(name, f"got {_shown(value)}, expected a finite number")
        self._check_limits(name, number, minimum, maximum)
        return number

    def _integer(self, name: str, value: object, minimum: int | None, maximum: int | None) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail(name, f"got {_shown(value)}, expected a whole number")
        self._check_limits(name, value, minimum, maximum)
        return value

    def _check_limits(
        self, name: str, value: float, minimum: float | None, maximum: float | None
    ) -> None:
        if minimum is not None and value < minimum:
            self.fail(name, f"got {_shown(value)}, expected at least {minimum}")
        if maximum is not None and value > maximum:
            self.fail(name, f"got {_shown(value)}, expected at most {maximum}")


MAXIMUM_DEPTH = 100
"""Objects and lists within each other; a model document has seven."""


def parse_json(data: bytes, where: str) -> object:
    """Parse a JSON document, refusing what readers of JSON disagree on.

    That is NaN and Infinity, numbers beyond float64, doubled keys, halves of surrogate pairs and
    endless nesting (RFC 8259, sections 4, 6, 8.2 and 9).

    Raises
    ------
    DocumentError
        The bytes are not UTF-8 JSON (RFC 8259); the message gives line and column.
    """
    try:
        text = data.decode("utf-8")
        parsed = json.loads(
            text,
            parse_constant=lambda name: _refuse(where, f"got {name}, expected a finite number"),
            parse_float=lambda text: _finite(where, text),
            object_pairs_hook=lambda pairs: _unique(where, pairs),
        )
    except UnicodeDecodeError as exc:
        raise DocumentError(where, f"byte {exc.start} is not UTF-8, expected a JSON text") from exc
    except json.JSONDecodeError as exc:
        problem = f"not JSON at line {exc.lineno} column {exc.colno}: {exc.msg}"
        raise DocumentError(where, problem) from exc
    except ValueError as exc:
        # CPython converts no whole number of more than 4,300 digits.
        raise DocumentError(where, "got a number of thousands of digits") from exc
    except RecursionError as exc:
        raise DocumentError(where, "nested too deeply") from exc
    if _is_deeper(parsed, MAXIMUM_DEPTH):
        _refuse(where, f"nested too deeply, expected at most {MAXIMUM_DEPTH} levels")
    # Half a pair comes from an escape alone: as UTF-8 it was refused above.
    if "\\u" in text and _has_half_pairs(parsed):
        _refuse(where, "got half of a surrogate pair, expected whole characters")
    return parsed


def _is_deeper(value: object, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _has_half_pairs(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _refuse(where: str, problem: str) -> NoReturn:
    raise DocumentError(where, problem)


def _finite(where: str, text: str) -> float:
    number = float(text)
    return (
        number if math.isfinite(number) else _refuse(where, f"got {text}, expected a finite number")
    )


def _unique(where: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        _refuse(f"{where}.{doubled}", "got the field twice, expected it once")
    return result


def _shown(value: object) -> str:
    """Show what was got, shortly: documents hold no customers' values."""
    for kind, name in ((dict, "an object"), (list, "a list")):
        if isinstance(value, kind):
            return name
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
