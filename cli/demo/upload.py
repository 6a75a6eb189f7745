"""The file that the demo drops: customers, with a few rows damaged on purpose."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.demo.errors import DemoFailed
from segmentation.errors import UploadRefused
from segmentation.header import Header, match_header
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec

DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Upload:
    """What was written.

    Attributes
    ----------
    rows : int
        How many records there are after the header.
    damaged : dict
        The reason that each damaged record should be rejected for, by its number; the header is 1.
    """

    rows: int
    damaged: dict[int, str]


def write_upload(source: Path, target: Path, spec: Spec) -> Upload:
    """Copy a CSV file with one damaged row of every kind spread over it.

    Parameters
    ----------
    source, target : Path
        The customers, and the copy.
    spec : Spec
        Says which columns are features, so that any customer file will do.

    Raises
    ------
    DemoFailed
        The file cannot be read as customers of this spec.
    """
    records, header, delimiter = _read(source, spec)
    rows = records[1:]
    if not rows:
        raise DemoFailed(f"{source}: no customer below the header")
    damages = list(_damages(rows[-1], header, spec))
    distance = max(1, len(rows) // (len(damages) + 1))
    damaged = {}
    for place, (row, reason) in enumerate(damages, 1):
        position = min(place * distance, len(rows))
        rows.insert(position, row)
        damaged[position + 2] = reason  # the header is record 1, and rows count from 0
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([records[0], *rows])
    return Upload(len(rows), damaged)


def _read(source: Path, spec: Spec) -> tuple[list[list[str]], Header, str]:
    try:
        data = source.read_bytes()
    except OSError as exc:
        raise DemoFailed(f"{source}: {exc.strerror}") from exc
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    refusal = "it is empty"
    for delimiter in DELIMITERS:
        lines = text.splitlines(keepends=True)
        records = [record for record in csv.reader(lines, delimiter=delimiter) if record]
        try:
            if records:
                return records, match_header(spec, records[0]), delimiter
        except UploadRefused as exc:
            refusal = exc.message if len(records[0]) > 1 or delimiter == "," else refusal
    raise DemoFailed(f"{source}: {refusal}")


def _damages(row: list[str], header: Header, spec: Spec) -> Iterator[tuple[list[str], str]]:
    """Copies of a good row with one field spoilt, and why each will be rejected."""
    yield row[:-1], "wrong_field_count"
    for feature, position in zip(spec.features, header.features, strict=True):
        if isinstance(feature, NumericFeature):
            yield _with(row, position, "abc"), "not_a_number"
            yield _with(row, position, ""), "missing_value"
            if not feature.valid.contains(-1.0):
                yield _with(row, position, "-1"), "out_of_bounds"
            break
    for feature, position in zip(spec.features, header.features, strict=True):
        if not isinstance(feature, NumericFeature):
            yield _with(row, position, "unheard of"), "unknown_category"
            break


def _with(row: list[str], position: int, value: str) -> list[str]:
    return [*row[:position], value, *row[position + 1 :]]
