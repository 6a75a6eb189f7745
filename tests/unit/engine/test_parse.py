"""The paths from a block to verdicts: each path says the same, whichever blocks came before."""

from __future__ import annotations

import io
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.block import BlockReader, Parsed
from engine.careful import CarefulPath
from engine.fast import FastPath
from engine.locate import Located, locate_by_sizes
from engine.parse import BlockParser
from engine.reader import open_upload
from engine.records import structure
from engine.rejects import REASONS
from tests.support.csvs import MALL_HEADER
from tests.support.models import mall_model

SPEC = mall_model().spec
LAYOUT = open_upload(io.BytesIO(f"{MALL_HEADER}\n".encode()), SPEC).layout

CLEAN = b"1,Male,19,15,39\n2,f,21,15.5,81\n"
WRONG_VALUE = b"3,Male,abc,15,39\n4,Female,21,15,81\n"
WRONG_COUNT = b"5,Male\n6,Female,21,15,81\n"
BLANK_LINE = b"7,Male,19,15,39\n\n8,Divers,21,15,81\n"
QUOTED = b'"9",Male,"19",15,39\n10,Male,121,15,"39"\n'
NOT_TEXT = b"\xff,Male,19,15,39\n11,Female,21,15,81\n"

Verdict = tuple[list[list[object]], list[list[list[float]]], list[tuple[int, str, str, str]]]

VERDICTS: dict[bytes, Verdict] = {
    CLEAN: (
        [["1", "2"], ["Male", "f"], [19, 21], [15, 15.5], [39, 81]],
        [[[1, 0]], [[19, 21]], [[15, 15.5]], [[39, 81]]],
        [],
    ),
    WRONG_VALUE: (
        [["4"], ["Female"], [21], [15], [81]],
        [[[0]], [[21]], [[15]], [[81]]],
        [(0, "not_a_number", 'age: "abc" is not a number', "3,Male,abc,15,39")],
    ),
    WRONG_COUNT: (
        [["6"], ["Female"], [21], [15], [81]],
        [[[0]], [[21]], [[15]], [[81]]],
        [(0, "wrong_field_count", "2 fields, expected 5", "5,Male")],
    ),
    BLANK_LINE: (
        [["7"], ["Male"], [19], [15], [39]],
        [[[1]], [[19]], [[15]], [[39]]],
        [
            (
                1,
                "unknown_category",
                'gender: "Divers" is unknown, expected one of Female, Male',
                "8,Divers,21,15,81",
            )
        ],
    ),
    QUOTED: (
        [["9"], ["Male"], [19], [15], [39]],
        [[[1]], [[19]], [[15]], [[39]]],
        [
            (
                1,
                "out_of_bounds",
                'age: "121" is out of bounds, expected 0 to 120',
                '10,Male,121,15,"39"',
            )
        ],
    ),
    NOT_TEXT: (
        [["11"], ["Female"], [21], [15], [81]],
        [[[0]], [[21]], [[15]], [[81]]],
        [(0, "not_text", "not utf-8 text", "\\xff,Male,19,15,39")],
    ),
}
"""By hand: of each block the kept columns, the encoded columns and the rejected rows."""


def verdict(parsed: Parsed) -> Verdict:
    rejected = []
    if (rejects := parsed.rejects) is not None:
        reasons = [REASONS[reason].value for reason in rejects.reasons]
        texts = rejects.details.to_pylist(), rejects.records.to_pylist()
        rejected = list(zip(rejects.rows.tolist(), reasons, *texts, strict=True))
    kept = [column.to_pylist() for column in parsed.kept]
    return kept, [[one.tolist() for one in feature] for feature in parsed.encoded], rejected


@pytest.mark.parametrize("block", VERDICTS)
@pytest.mark.parametrize("before", [(), *((block,) for block in VERDICTS), tuple(VERDICTS)])
def test_the_verdict_is_the_same_whatever_blocks_came_before(
    block: bytes, before: tuple[bytes, ...]
) -> None:
    parser = BlockParser(SPEC, LAYOUT, "utf-8")
    for one in before:
        parser.parse(one)

    assert verdict(parser.parse(block)) == VERDICTS[block]


def test_threads_that_share_a_parser_get_the_same_verdicts() -> None:
    parser = BlockParser(SPEC, LAYOUT, "utf-8")
    blocks = random.Random(1).choices(list(VERDICTS), k=400)

    with ThreadPoolExecutor(8) as threads:
        parsed = list(threads.map(parser.parse, blocks))

    assert [verdict(one) for one in parsed] == [VERDICTS[block] for block in blocks]


class TestPaths:
    reader = BlockReader(LAYOUT)
    fast = FastPath(SPEC, LAYOUT, reader)
    careful = CarefulPath(SPEC, LAYOUT, "utf-8", reader)

    def test_the_fast_one_takes_a_clean_block_and_no_other(self) -> None:
        taken = {block: self.fast.parse(block) for block in VERDICTS}

        assert {block for block, parsed in taken.items() if parsed is not None} == {CLEAN}
        clean = taken[CLEAN]
        assert clean is not None
        assert verdict(clean) == VERDICTS[CLEAN]

    @pytest.mark.parametrize("block", VERDICTS)
    def test_the_careful_one_takes_any_block(self, block: bytes) -> None:
        parsed = self.careful.parse(block, Located(structure(block, ",")))

        assert verdict(parsed) == VERDICTS[block]

    @pytest.mark.parametrize("block", [CLEAN, WRONG_VALUE, WRONG_COUNT])
    def test_sizes_locate_the_records_as_counting_does(self, block: bytes) -> None:
        located = locate_by_sizes(self.reader, block)

        assert located is not None
        assert verdict(self.careful.parse(block, located)) == VERDICTS[block]

    def test_sizes_locate_no_records_between_blank_lines(self) -> None:
        assert locate_by_sizes(self.reader, BLANK_LINE) is None
