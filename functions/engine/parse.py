"""The choice between two paths from a block of records to typed columns and verdicts on rows."""

from __future__ import annotations

from engine.block import BlockReader, Parsed
from engine.careful import CarefulPath
from engine.fast import FastPath
from engine.layout import Layout
from engine.locate import Located, locate_by_sizes
from engine.records import structure
from segmentation.spec import Spec

FEW = 0.03
"""Up to this part of a block, rows with a wrong number of fields are located fastest by sizes."""


class BlockParser:
    """Parses the blocks of an upload, from several threads at once.

    The threads of `engine.pipeline.in_order` call `parse`: two while an upload is scored, one for
    each core while customers are read for training. They share two hints without a lock: whether
    the last block had a bad row, and whether sizes locate records faster than counting. A hint
    may be stale, or set by a block further ahead. That is harmless: each path that a hint can lead
    to gives the same verdicts and the same columns, and only the time differs.

    Parameters
    ----------
    spec
        Says how values are read.
    layout
        Says where they stand.
    encoding
        Of the upload, for the message about rows that are not text.
    """

    def __init__(self, spec: Spec, layout: Layout, encoding: str) -> None:
        self._delimiter = layout.delimiter
        self._reader = BlockReader(layout)
        self._fast = FastPath(spec, layout, self._reader)
        self._careful = CarefulPath(spec, layout, encoding, self._reader)
        self._had_rejects = False
        # Without all columns Arrow would not give all sizes.
        self._sizes_tell = len(self._reader.kept_names) == len(self._reader.names)

    def parse(self, block: bytes) -> Parsed:
        """Read and judge a block of whole records."""
        # Where one block had a bad row the next one likely has, too: no time lost on trying.
        parsed = None if self._had_rejects else self._fast.parse(block)
        if parsed is None:
            parsed = self._careful.parse(block, self._locate(block))
        self._had_rejects = parsed.rejects is not None
        return parsed

    def _locate(self, block: bytes) -> Located:
        if self._sizes_tell and b'"' not in block and _is_text(block):
            located = locate_by_sizes(self._reader, block)
            if located is not None:
                # Arrow calls back for each wrong row: where there are many, counting is faster.
                wrong = located.records.fields != len(self._reader.names)
                self._sizes_tell = bool(wrong.mean() <= FEW)
                return located
            self._sizes_tell = False  # it will not be better in the next block
        return Located(structure(block, self._delimiter))


def _is_text(block: bytes) -> bool:
    try:
        return block.isascii() or bool(str(block, "utf-8"))
    except UnicodeDecodeError:
        return False
