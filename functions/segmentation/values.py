"""How one value is read: the rule that batch and API share.

A value is trimmed of ASCII space and tab. A number is ASCII digits with an optional sign, point
and exponent (`NUMBER_PATTERN`), parsed to the nearest float64 (IEEE 754) and finite after that.
Everything here is written so that a vectorised engine can repeat it: patterns instead of parsers,
and messages made of a constant beginning and a constant end around the value.
"""

from __future__ import annotations

import json
import math
import re

TRIMMED = " \t"
"""The characters that do not belong to a value when they stand at its ends."""

NUMBER_PATTERN = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
"""A number, as a regular expression that Python and RE2 read alike."""

DECIMAL_COMMA_PATTERN = NUMBER_PATTERN.replace(r"\.", "[.,]")
"""The same in a semicolon-delimited file, where the decimal mark may be a comma."""

SHOWN_CHARACTERS = 60
"""How much of a wrong value a message repeats."""

LARGEST_NUMBER = 1e100
"""Beyond it, either way, a value is out of bounds: its squared distance could overflow float64."""

_number = re.compile(NUMBER_PATTERN)
_decimal_comma = re.compile(DECIMAL_COMMA_PATTERN)


def parse_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """Parse a trimmed text to a finite float64, or give None where it is not a number.

    Examples
    --------
    >>> parse_number("+19"), parse_number(".5"), parse_number("1e2")
    (19.0, 0.5, 100.0)
    >>> parse_number("1_000"), parse_number("1e999"), parse_number("٣")
    (None, None, None)
    >>> parse_number("1,5", decimal_comma=True)
    1.5
    """
    if not (_decimal_comma if decimal_comma else _number).fullmatch(text):
        return None
    number = float(text.replace(",", ".") if decimal_comma else text)
    return number if math.isfinite(number) else None


def normalised(text: str) -> str:
    """Give the form in which category names are compared: trimmed, without case."""
    return text.strip(TRIMMED).casefold()


def json_text(value: object) -> str:
    """The text of a JSON value as a CSV would hold it, so that both are judged alike."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list | tuple):
        return "a list or an object"
    return json.dumps(value)


def shown(text: str) -> str:
    """Shorten a value to what a message repeats.

    Examples
    --------
    >>> shown("abc"), len(shown("9" * 1000))
    ('abc', 60)
    """
    return text[:SHOWN_CHARACTERS]


def missing_detail(feature: str) -> str:
    """Say that a feature has no value."""
    return f"{feature}: no value"


def detail_ends(feature: str, expectation: str) -> tuple[str, str]:
    """Give the constant beginning and end of a message about a wrong value.

    Examples
    --------
    >>> "abc".join(detail_ends("age", "is not a number"))
    'age: "abc" is not a number'
    """
    return f'{feature}: "', f'" {expectation}'


def format_number(number: float) -> str:
    """Write a number as people do: 120 instead of 120.0, otherwise the shortest exact form."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
