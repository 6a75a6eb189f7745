"""Files to drop, each with what has to become of it, as another program than ours judges it.

Rows are read by Python's csv module and judged in the few lines of `_verdict`, distances are
computed on paper's formula; a large file is judged by DuckDB.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.support.models import mall_model

CENTROIDS = [(segment.id, segment.centroid) for segment in mall_model().segments]
HEADER = ["CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)", "Note"]
GENDERS = {"female": 0, "f": 0, "0": 0, "male": 1, "m": 1, "1": 1}
BOUNDS = ((0, 120), (0, None), (1, 100))
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

POISON: dict[str, bytes] = {
    "empty": b"",
    "not_text": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "no_header": b'"' + b"never closed," * 100_000,
    "missing_column": b"CustomerID,Gender,Age\n1,Male,19\n",
    "duplicate_column": b"Gender,Sex,Age,Annual Income (k$),Spending Score (1-100)\nM,M,1,1,1\n",
    "damaged_gzip": gzip.compress(b"Gender,Age\n" * 1_000, mtime=0)[:-9],
}
"""Files that are refused as a whole, by the code of the refusal."""

BAD_KEYS = {"key_too_long": "k" * 995 + "{:06}", "key_reserved": "_long/{}.csv"}


@dataclass(frozen=True)
class Expected:
    """What a report has to say.

    Parameters
    ----------
    rows
        Read, scored, rejected.
    segments
        Customers by id of their segment; only of those that have any.
    refusal
        Code of the refusal; empty: scored.
    """

    rows: tuple[int, int, int] = (0, 0, 0)
    segments: tuple[tuple[int, int], ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class File:
    """A file to drop."""

    key: str
    data: bytes
    expected: Expected


def small_files(number: int, seed: int = 42) -> Iterator[File]:
    """Make files of up to 30 customers in all accepted dialects; every 20th is poison."""
    chance = random.Random(seed)
    poison = sorted(POISON)
    for place in range(number):
        name = f"{place % 7}/customers {place:05}+ü.csv"
        if place % 100 == 50:
            code = sorted(BAD_KEYS)[place // 100 % len(BAD_KEYS)]
            data, _ = customers(chance)
            yield File(BAD_KEYS[code].format(place), data, Expected(refusal=code))
        elif place % 20 == 10:
            code = poison[place // 20 % len(poison)]
            yield File(name, POISON[code], Expected(refusal=code))
        else:
            yield File(name, *customers(chance))


def customers(chance: random.Random) -> tuple[bytes, Expected]:
    """Make a file of customers, some of them bad."""
    delimiter = chance.choice(",;\t|")
    records = [HEADER, *(_record(chance, row) for row in range(chance.randrange(31)))]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=chance.choice(["\n", "\r\n"])).writerows(
        records
    )
    data = text.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return gzip.compress(data, mtime=0) if chance.random() < 0.1 else data, judged(
        text.getvalue(), delimiter
    )


def _record(chance: random.Random, row: int) -> list[str]:
    record = [
        f"{row:04}",
        chance.choice(["Female", "Male", " f", "M ", "0", "1"]),
        str(chance.randrange(18, 75)),
        chance.choice(["{}", "{}.0", "+{}", "{}e0"]).format(chance.randrange(12, 145)),
        str(chance.randrange(1, 100)),
        chance.choice(["", "plain", 'quo"ted', "two\nlines", "Zürich", "=1+1", "a,b;c|d"]),
    ]
    if chance.random() < 0.2:
        place = chance.randrange(1, 6)
        if place == 5:
            return record[: chance.randrange(1, 5)]
        record[place] = chance.choice(["", "?", "nan", "-1", "1e99", "1,5 x"])
    return record


def judged(text: str, delimiter: str) -> Expected:
    """Judge customers, given as text."""
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[1:]
    segments: Counter[int] = Counter()
    for record in records:
        values = _verdict(record)
        if values is not None:
            segments[nearest(values)[0]] += 1
    scored = segments.total()
    rows = (len(records), scored, len(records) - scored)
    return Expected(rows, tuple(sorted(segments.items())))


def _verdict(record: list[str]) -> list[float] | None:
    if len(record) != len(HEADER):
        return None
    gender, *numbers = (cell.strip(" \t") for cell in record[1:5])
    if gender.lower() not in GENDERS or not all(map(NUMBER.fullmatch, numbers)):
        return None
    values = [float(number) for number in numbers]
    for value, (low, high) in zip(values, BOUNDS, strict=True):
        # Beyond 1e100 a square could overflow; the README says so.
        if value < low or value > (1e100 if high is None else high):
            return None
    return [GENDERS[gender.lower()], *values]


def nearest(values: list[float]) -> tuple[int, float]:
    """Give the id of the nearest centroid, the lowest on a tie, and its distance."""
    squares = [
        (sum((x - c) ** 2 for x, c in zip(values, centroid, strict=True)), identifier)
        for identifier, centroid in CENTROIDS
    ]
    square, identifier = min(squares)
    return identifier, square**0.5


def judged_by_duckdb(path: Path) -> Expected:
    """Judge a large file of `benchmarks.scoring.data`: bad rows have a bad cell, or too many."""
    squares = [
        "+".join(f"({x}-{c})*({x}-{c})" for x, c in zip("gais", centroid, strict=True))
        for _, centroid in CENTROIDS
    ]
    least = f"least({', '.join(squares)})"
    ids = " ".join(
        f"when {square} = {least} then {identifier}"
        for square, (identifier, _) in zip(squares, CENTROIDS, strict=True)
    )
    with duckdb.connect() as db:
        lines = "read_csv(?, header=true, columns={'line': 'VARCHAR'}, delim='\\x01', quote='')"
        split = f"select string_split(line, ',') as f from {lines}"
        cells = (
            "select case f[2] when 'Female' then 0 when 'Male' then 1 end as g, try_cast(f[3] as "
            "double) as a, try_cast(f[4] as double) as i, try_cast(f[5] as double) as s, "
            f"len(f) as n from ({split})"
        )
        good = "n = 7 and g is not null and a between 0 and 120 and i >= 0 and s between 1 and 100"
        verdicts = f"select coalesce({good}, false) as ok, case {ids} end as id from ({cells})"
        found = dict(
            db.execute(
                f"select case when ok then id else -1 end, count(*) from ({verdicts}) group by 1",
                [str(path)],
            ).fetchall()
        )
    rejected = found.pop(-1, 0)
    scored = sum(found.values())
    return Expected((scored + rejected, scored, rejected), tuple(sorted(found.items())))
