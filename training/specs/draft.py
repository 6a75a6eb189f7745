"""A first spec from the columns of a file, as TOML for a person to edit."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence

import numpy as np

from segmentation.spec import OUTPUT_NAMES, REJECT_NAMES, Spec
from segmentation.values import format_number, normalised
from training.data.inspection import ColumnFacts
from training.errors import DataError

SKEWED_BEYOND = 1.0
"""A third standardised moment beyond it is high (M. Bulmer, Principles of Statistics, 1979)."""

_BASE = re.compile(r"income|spend|score|value|amount|revenue|monetary|orders|frequency|visit", re.I)
_AGE = re.compile(r"(^|[^a-z])age($|[^a-z])", re.I)
_UNIT = re.compile(r"\(([^()]*)\)")
_RANGE = re.compile(r"([0-9]+)\s*(?:-|–|to)\s*([0-9]+)")


def first_spec(name: str, columns: Sequence[ColumnFacts], rows: int, address: str) -> str:
    """Write the TOML of a spec for a file of these columns.

    Parameters
    ----------
    name
        What the spec shall be called.
    columns
        As `training.data.inspection.look_at` found them.
    rows
        On how many rows that rests.
    address
        Of the file.

    Raises
    ------
    DataError
        No column holds numbers, so that segments could not be named.
    """
    numeric = [one for one in columns if one.kind == "numeric"]
    if not numeric:
        raise DataError(f"{address}: no column holds numbers, expected at least one to name by")
    names = _names(columns)
    title = name.replace("_", " ").capitalize()
    parts = [
        f"# Written by `segment spec init` from the first {rows:,} rows of {_comment(address)}.\n"
        "# Read it, mend what it guessed wrong, then: segment spec check THIS_FILE\n",
        f"name = {_text(name)}\ntitle = {_text(title)}\n",
        _id(columns, names),
        *(_feature(one, names[one.header]) for one in columns if one.kind in _FEATURES),
        _left_out(columns),
        _naming(numeric, names),
        "# Leave customers out of the fit (not of the segments) that lie further outside of the\n"
        "# quartiles of a feature than so many interquartile ranges.\n"
        "# [fit]\n# outliers_beyond = 3.0\n",
    ]
    written = "\n".join(part for part in parts if part)
    Spec.from_dict(tomllib.loads(written), name)  # what is written here can be read
    return written


_FEATURES = ("numeric", "categorical")


def identifier(text: str) -> str:
    """Give the name of a spec or feature that is nearest to a text.

    Examples
    --------
    >>> identifier("Annual Income (k$)"), identifier("CustomerID"), identifier("2nd")
    ('annual_income', 'customer_id', 'x_2nd')
    """
    bare = _UNIT.sub("", text) if _UNIT.sub("", text).strip() else text
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", bare)
    name = re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"x_{name}".strip("_")


def _names(columns: Sequence[ColumnFacts]) -> dict[str, str]:
    """Give each used column a name of its own, that is no other column's header either."""
    used = [one for one in columns if one.kind in {"id", *_FEATURES}]
    headers = {one.header.casefold() for one in used}
    taken = {*OUTPUT_NAMES, *REJECT_NAMES}
    names: dict[str, str] = {}
    for one in used:
        base = name = identifier(one.header)
        number = 1
        while name in taken or (name in headers and name != one.header.casefold()):
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        names[one.header] = name
    return names


def _id(columns: Sequence[ColumnFacts], names: dict[str, str]) -> str:
    found = next((one.header for one in columns if one.kind == "id"), None)
    if found is None:
        return (
            "# No column tells the customers apart; a file may well have none.\n"
            '[id]\nname = "customer_id"\ntitle = "Customer ID"\naliases = []\n'
        )
    return f"[id]\nname = {_text(names[found])}\ntitle = {_text(found)}\naliases = []\n"


def _feature(column: ColumnFacts, name: str) -> str:
    lines = ["[[features]]", f"name = {_text(name)}", f"title = {_text(column.header)}"]
    lines.append("aliases = []  # other headers under which files have it")
    if column.kind == "categorical":
        lines += _categorical(column)
    else:
        lines += _numeric(column)
    if column.wrong:
        lines.append(f"# {column.wrong:,} rows have no such value here: they are rejected.")
    return "\n".join(lines) + "\n"


def _categorical(column: ColumnFacts) -> list[str]:
    two = len(column.categories) == 2
    ordered = sorted(column.categories, key=normalised)
    lines = ['kind = "categorical"', f'encoding = "{"codes" if two else "one_hot"}"']
    lines.append("categories = [")
    for code, category in enumerate(ordered):
        coded = f", code = {code}" if two else ""
        lines.append(f"    {{ name = {_text(category)}{coded}, aliases = [] }},")
    return [*lines, "]"]


def _numeric(column: ColumnFacts) -> list[str]:
    assert column.numbers is not None  # noqa: S101  a numeric column has them
    numbers = column.numbers
    unit = _UNIT.search(column.header)
    lowest, low, high, highest = np.quantile(numbers, (0, 0.01, 0.99, 1)).tolist()
    stated = _RANGE.fullmatch(unit[1].strip()) if unit else None
    lines = ['kind = "numeric"', f"unit = {_text(unit[1] if unit and not stated else '')}"]
    if stated and float(stated[1]) <= lowest <= highest <= float(stated[2]):
        valid = f"valid = {{ min = {stated[1]}, max = {stated[2]} }}"
        lines.append(f"{valid}  # as its header says; beyond it a row is rejected")
    elif lowest >= 0:
        lines.append("valid = { min = 0 }  # beyond it a row is rejected")
    typical = f"typical = {{ min = {_rounded(low)}, max = {_rounded(high)} }}"
    lines.append(f"{typical}  # 98 % of the rows; beyond it: a warning")
    if lowest >= 0 and _skewness(numbers) > SKEWED_BEYOND:
        lines.append('transform = "log1p"  # skewed: a few have very much')
    lines.append('scaling = "standard"  # none, standard, minmax or robust')
    lines.append(
        f"# {_rounded(lowest)} to {_rounded(highest)} in the file; weight = 2 counts double"
    )
    return lines


def _left_out(columns: Sequence[ColumnFacts]) -> str:
    found = [one for one in columns if one.kind == "left_out"]
    if not found:
        return ""
    lines = [f"#   {_comment(one.header) or '(no header)'}: {one.why}" for one in found]
    return "\n".join(
        ["# Columns that are no features; scoring keeps them as they stand.", *lines, ""]
    )


def _naming(numeric: Sequence[ColumnFacts], names: dict[str, str]) -> str:
    ages = [one for one in numeric if _AGE.search(one.header)]
    others = [one for one in numeric if one not in ages] or list(numeric)
    telling = [one for one in others if _BASE.search(one.header)]
    base = [*telling, *(one for one in others if one not in telling)][:2]
    lines = [
        "# Segments are named by the levels of these: Low Income - High Spending.",
        "[naming]",
        "base = [",
        *(
            f"    {{ feature = {_text(names[one.header])}, word = {_text(_word(one.header))} }},"
            for one in base
        ),
        "]",
    ]
    if ages and ages[0] not in base:
        name = _text(names[ages[0].header])
        lines.append(f'prefixes = [{{ feature = {name}, low = "Young", high = "Older" }}]')
    lines += [
        "",
        "# What is said of a segment, by its name; without it, words are put together.",
        "# [[naming.texts]]",
        f'# name = "{" - ".join(f"High {_comment(_word(one.header))}" for one in base)}"',
        '# description = "…"',
        '# advice = "…"',
        "",
    ]
    return "\n".join(lines)


def _word(header: str) -> str:
    words = _UNIT.sub("", header).replace("_", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or header


def _skewness(numbers: np.ndarray) -> float:
    deviation = float(numbers.std())
    if not np.isfinite(deviation) or deviation == 0:
        return 0.0
    return float((((numbers - numbers.mean()) / deviation) ** 3).mean())


def _rounded(number: float) -> str:
    return format_number(float(f"{number:.3g}"))


def _text(text: str) -> str:
    """Write a TOML basic string (https://toml.io/en/v1.0.0#string)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)
