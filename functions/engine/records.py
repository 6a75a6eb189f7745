"""Cutting CSV text (RFC 4180, as Python's csv module reads it) into records.

A quote means something only at the beginning of a field; inside an unquoted field it is a
character. Line feed, carriage return and both together end a record; blank lines are none.

Text comes in blocks of whole records. Where a block has no quote, or only quotes that open and
close whole fields, its structure is found by counting; elsewhere a regular expression reads it
record by record.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from segmentation.errors import UploadRefused

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]


BLOCK_BYTES = 2 << 20
"""Size of the blocks in which text is parsed; it fixes where they end, so output is repeatable."""

MAXIMUM_RECORD_BYTES = 16 << 20
"""A longer record is taken for a quote that was never closed."""

DELIMITERS = (",", ";", "\t", "|")

_QUOTE, _CR, _LF = 34, 13, 10
_RUN_BYTES = 1 << 16  # fits in the processor's cache
csv.field_size_limit(1 << 30)


@cache
def _record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """Match one record with its line end; possessive, so that no input makes it backtrack."""
    d = re.escape(delimiter).encode()
    quoted = rb'"[^"]*+(?:""[^"]*+)*+"[^%b\r\n]*+' % d
    plain = rb'(?!")[^%b\r\n]*+' % d
    field = rb"(?>%b|%b)" % (quoted, plain)
    return re.compile(rb"%b(?:%b%b)*+(?:\r\n|\n|\r)" % (field, d, field))


def read_fields(record: str, delimiter: str) -> list[str]:
    """Split one record into its fields."""
    for fields in csv.reader([record], delimiter=delimiter):
        return fields
    return []


def first_record(text: bytes, delimiter: str, *, whole: bool) -> tuple[bytes, int] | None:
    """Give the first record without its line end, and where the next line begins.

    None where the text ends before the record does; a whole text may leave out the line end.
    """
    begin = len(text) - len(text.lstrip(b"\r\n"))
    pattern = _record_pattern(delimiter)
    match = pattern.match(text, begin) or (pattern.match(text + b"\n", begin) if whole else None)
    return (match[0].rstrip(b"\r\n"), min(match.end(), len(text))) if match else None


@dataclass(frozen=True, slots=True)
class Structure:
    """Where the records of a block are.

    Parameters
    ----------
    starts, ends
        Offsets of each record, without its line end; blank lines are none.
    fields
        Number of fields of each record.
    """

    starts: Positions
    ends: Positions
    fields: Positions


def structure(block: bytes, delimiter: str) -> Structure:
    """Find the records of a block of whole records.

    Parameters
    ----------
    block
        Whole records, the last one with its line end.
    delimiter
        What separates fields.
    """
    data = np.frombuffer(block, dtype=np.uint8)
    quotes = _quotes(block, data)
    if not _regular(data, quotes, delimiter):
        return _structure_by_reading(block, delimiter)
    separators = _outside(_separators(block, data, delimiter), quotes)
    # Among the separators, the line ends: as many delimiters lie between two as fields less one.
    lines = np.flatnonzero(data[separators] != ord(delimiter))
    ends = separators[lines]
    starts = np.concatenate(([0], ends[:-1] + 1))
    fields = np.diff(lines, prepend=-1)
    filled = ends > starts
    if filled.all():
        return Structure(starts, ends, fields)
    return Structure(starts[filled], ends[filled], fields[filled])


def structure_of_sizes(block: bytes, sizes: Positions, fields: Positions) -> Structure | None:
    """Find the records of a block by adding up their sizes.

    None where something else is in it, too: blank lines, or line ends of different sizes. What is
    left beside the records cannot be less than one line end for each, so if it is just that, it is
    that everywhere.

    Parameters
    ----------
    block
        Whole records without quotes, the last one with its line end.
    sizes
        Of the fields of each record and the delimiters between them, in bytes.
    fields
        Number of fields of each record.
    """
    windows = block.endswith(b"\r\n")
    line_end = 2 if windows else 1
    behind = np.cumsum(sizes + line_end)
    if not behind.size or behind[-1] != len(block):
        return None
    if windows and block.count(b"\r\n") != len(sizes):
        return None
    ends = behind - line_end
    return Structure(ends - sizes, ends, fields)


def _separators(block: bytes, data: npt.NDArray[np.uint8], delimiter: str) -> Positions:
    """Give the places of delimiters and line ends."""
    marks = [ord(delimiter), _LF, *([_CR] if b"\r" in block else [])]
    found = []
    for begin in range(0, len(data), _RUN_BYTES):
        run = data[begin : begin + _RUN_BYTES]
        marked = run == marks[0]
        for mark in marks[1:]:
            marked |= run == mark
        found.append(np.flatnonzero(marked) + begin)
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _line_ends(block: bytes, data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    feeds: npt.NDArray[np.bool_] = data == _LF
    return feeds | (data == _CR) if b"\r" in block else feeds


def _structure_by_reading(block: bytes, delimiter: str) -> Structure:
    found: list[tuple[int, int, int]] = []
    for match in _record_pattern(delimiter).finditer(block):
        record = match[0].rstrip(b"\r\n")
        if record:
            # Latin-1 gives each byte a character, which leaves the structure as it is.
            fields = len(read_fields(record.decode("latin-1"), delimiter))
            found.append((match.start(), match.start() + len(record), fields))
    starts, ends, fields_of = np.array(found, np.int64).reshape(-1, 3).T
    return Structure(starts, ends, fields_of)


def _quotes(block: bytes, data: npt.NDArray[np.uint8]) -> Positions:
    if b'"' not in block:
        return np.empty(0, np.int64)
    return np.flatnonzero(data == _QUOTE)


def _regular(data: npt.NDArray[np.uint8], quotes: Positions, delimiter: str) -> bool:
    """Tell whether every opening quote stands at the beginning of a field.

    Then the number of quotes before a place tells whether it is inside a quoted field. A doubled
    quote closes and opens again, so an opening one may also follow a quote.
    """
    if not quotes.size:
        return True
    before = np.frombuffer(b"\n" + data[:-1].tobytes(), dtype=np.uint8)[quotes[::2]]
    allowed = np.isin(before, np.frombuffer(f'{delimiter}\r\n"'.encode(), dtype=np.uint8))
    return bool(allowed.all())


def _outside(positions: Positions, quotes: Positions) -> Positions:
    if not quotes.size:
        return positions
    outside: Positions = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside


def _last_end(text: bytes, delimiter: str) -> int:
    """Give the offset behind the last whole record of a text that begins with one."""
    if b'"' not in text:
        return max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
    # Positions take eight times the memory of what they point to: not for one endless record.
    if len(text) <= 2 * BLOCK_BYTES:
        data = np.frombuffer(text, dtype=np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        if _regular(data, quotes, delimiter):
            ends = _outside(np.flatnonzero(_line_ends(text, data)), quotes)
            return int(ends[-1]) + 1 if ends.size else 0
    end = 0
    pattern = _record_pattern(delimiter)
    while match := pattern.match(text, end):
        end = match.end()
    return end


def blocks(beginning: bytes, rest: Iterable[bytes], delimiter: str) -> Iterator[bytes]:
    """Cut text into blocks of whole records, the last one completed by a line end.

    Where blocks end depends on the two texts alone, not on the pieces in which the rest comes.

    Parameters
    ----------
    beginning, rest
        The text after the header: its beginning, and what follows in pieces of any size.
    delimiter
        What separates fields.

    Raises
    ------
    UploadRefused
        ``record_too_long``: a record exceeds `MAXIMUM_RECORD_BYTES`.
    """
    carried = b""
    for piece in _pieces(beginning, rest):
        if b'"' in piece or b'"' in carried:
            text = carried + piece
            end = _last_end(text, delimiter)
            block, carried = text[:end], text[end:]
        else:  # most pieces: one copy less
            end = max(piece.rfind(b"\n"), piece.rfind(b"\r")) + 1
            block = b"".join((carried, memoryview(piece)[:end])) if end else b""
            carried = piece[end:] if end else carried + piece
        if block:
            yield block
        if len(carried) > MAXIMUM_RECORD_BYTES:
            raise UploadRefused(
                "record_too_long",
                f"a row is longer than {MAXIMUM_RECORD_BYTES >> 20} MiB, expected shorter rows: "
                "is there a quote that is never closed?",
            )
    if carried:
        yield _closed(carried, delimiter)


def _closed(text: bytes, delimiter: str) -> bytes:
    """Complete the last record: a file may end without a line end, even inside quotes."""
    return next(
        whole
        for whole in (text + b"\n", text + b'"\n')
        if _last_end(whole, delimiter) == len(whole)
    )


def _pieces(beginning: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """Give the beginning, then the rest, each in pieces of `BLOCK_BYTES` and what is left."""
    yield from _cut(beginning)
    held: list[bytes] = []
    size = 0
    for piece in rest:
        if not size and len(piece) == BLOCK_BYTES:
            yield piece
            continue
        held.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            text = b"".join(held)
            whole = size - size % BLOCK_BYTES
            yield from _cut(text[:whole])
            held, size = [text[whole:]], size - whole
    yield from _cut(b"".join(held))


def _cut(text: bytes) -> Iterator[bytes]:
    for begin in range(0, len(text), BLOCK_BYTES):
        yield text[begin : begin + BLOCK_BYTES]
