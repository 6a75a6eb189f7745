"""Cutting text into records, judged by Python's csv module."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

from engine import records
from engine.records import blocks, first_record, structure, structure_of_sizes
from segmentation.errors import UploadRefused
from tests.support.csvs import read_csv
from tests.support.properties import property_of

csv_texts = st.tuples(st.text('ab"",,;\n\r \t\0', max_size=40), st.sampled_from(",;\t"))
"""Every quote that can stand in a wrong place."""


def in_pieces(text: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield text[:size]
        text = text[size:]
    yield text


@property_of(csv_texts, quick=300)
def test_records_and_their_fields_are_those_of_the_csv_module(drawn: tuple[str, str]) -> None:
    text, delimiter = drawn
    assume(text)
    block = b"".join(blocks(text.encode(), [], delimiter))

    found = structure(block, delimiter)

    expected = read_csv(text, delimiter)
    assert found.fields.tolist() == [len(record) for record in expected]
    ends = [*found.starts.tolist(), len(block)]
    cut = [block[begin:end].decode() for begin, end in pairwise(ends)]
    assert [read_csv(one, delimiter) for one in cut] == [[record] for record in expected]


def by_sizes(block: bytes) -> records.Structure | None:
    """Find records by the sizes of the fields that the csv module reads."""
    read = read_csv(block.decode())
    sizes = [len(",".join(record).encode()) for record in read]
    return structure_of_sizes(block, np.array(sizes, int), np.array([len(one) for one in read]))


line_ends = st.sampled_from(["\n", "\r\n", "\r", "\n\r"])
lines = st.lists(st.tuples(st.text("a,ä", max_size=6), line_ends), min_size=1)


@property_of(lines, quick=500)
def test_records_found_by_their_sizes_are_those_found_by_reading(
    drawn: list[tuple[str, str]],
) -> None:
    block = "".join(text + end for text, end in drawn).encode()
    assume(block[-1:] in (b"\r", b"\n") and read_csv(block.decode()))

    found = by_sizes(block)

    if found is not None:
        expected = structure(block, ",")
        assert found.starts.tolist() == expected.starts.tolist()
        assert found.ends.tolist() == expected.ends.tolist()
        assert found.fields.tolist() == expected.fields.tolist()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_plain_lines_are_found_by_their_sizes(end: str) -> None:
    found = by_sizes(f"a,b{end}ä{end},,{end}".encode())

    assert found is not None
    begins = [0, 3 + len(end), 5 + 2 * len(end)]
    assert found.starts.tolist() == begins
    assert found.ends.tolist() == [
        begin + size for begin, size in zip(begins, [3, 2, 2], strict=True)
    ]


@pytest.mark.parametrize("text", ["a\n\nb\n", "a\n\rb\r\n", "a\r\nb\n", "a\nb\r\n", ""])
def test_other_lines_are_not_found_by_their_sizes(text: str) -> None:
    assert by_sizes(text.encode()) is None


@property_of(csv_texts, st.lists(st.integers(0, 9), max_size=9), st.integers(1, 20), quick=200)
def test_blocks_are_whole_records_and_do_not_depend_on_the_pieces(
    drawn: tuple[str, str], sizes: list[int], block_bytes: int
) -> None:
    text, delimiter = drawn
    with mock.patch.object(records, "BLOCK_BYTES", block_bytes):
        cut = list(blocks(b"", in_pieces(text.encode(), sizes), delimiter))
        whole = list(blocks(text.encode(), [], delimiter))

    assert cut == whole
    assert b"".join(cut).startswith(text.encode())
    found = [record for block in cut for record in read_csv(block.decode(), delimiter)]
    assert found == read_csv(text, delimiter)


@property_of(csv_texts, quick=100)
def test_the_first_record_is_that_of_the_csv_module(drawn: tuple[str, str]) -> None:
    text, delimiter = drawn
    text = text.replace('"', "")  # an open quote is a test of its own
    expected = read_csv(text, delimiter)
    assume(expected)

    found = first_record(text.encode(), delimiter, whole=True)

    assert found is not None
    record, end = found
    assert read_csv(record.decode(), delimiter) == expected[:1]
    assert read_csv(text[end:], delimiter) == expected[1:]


@pytest.mark.parametrize("text", [b'a,"b', b'a,"b\nc,d\n', b'"""'])
def test_a_header_whose_quote_stays_open_has_no_end(text: bytes) -> None:
    assert first_record(text, ",", whole=True) is None


@pytest.mark.parametrize("text", [b"", b"\n", b"\r\n\r\n", b"a,b"])
def test_a_header_that_is_not_there_yet_has_no_end(text: bytes) -> None:
    assert first_record(text, ",", whole=False) is None


def test_blank_lines_are_no_records() -> None:
    assert structure(b"\n\r\n\ra,b\n\n\r\nc,d\r\n\n", ",").fields.tolist() == [2, 2]
    assert structure(b"\n\r\n", ",").starts.tolist() == []


def test_a_quote_inside_an_unquoted_field_is_a_character() -> None:
    assert structure(b'5" disk,1\n6",2\n', ",").fields.tolist() == [2, 2]


def test_a_record_beyond_the_limit_is_refused_before_it_is_whole() -> None:
    read = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * (1 << 20)

    with pytest.raises(UploadRefused) as refused:
        list(blocks(b"", endless(), ","))

    assert refused.value.code == "record_too_long"
    assert refused.value.message == (
        "a row is longer than 16 MiB, expected shorter rows: is there a quote that is never closed?"
    )
    assert len(read) <= 20


def test_a_quote_that_is_never_closed_swallows_rows_only_up_to_the_limit() -> None:
    row = b"1,Male,19,15,39\n"

    with pytest.raises(UploadRefused) as refused:
        list(blocks(b'1,"Male,19,15,39\n', iter([row * 1_200_000]), ","))

    assert refused.value.code == "record_too_long"


def test_a_block_of_irregular_quotes_takes_no_more_than_linear_time() -> None:
    block = b'a"b,' * 200_000 + b"\n"

    assert structure(block, ",").fields.tolist() == [200_001]
