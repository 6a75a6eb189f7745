"""The scoring engine: one CSV byte stream in, labelled rows and rejects out, in constant memory.

Parsing, labelling and encoding overlap as stages over blocks of whole records. Nothing here knows
of S3 or files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from engine.arrays import arrow, bits, texts
from engine.block import Parsed
from engine.label import Labeller, Labels
from engine.layout import Layout
from engine.pipeline import ahead, in_order
from engine.reader import Upload, open_upload
from engine.records import BLOCK_BYTES
from engine.rejects import RejectText
from engine.sinks import ByteSink, RowSink
from engine.tally import Tally
from engine.text import ByteSource
from segmentation.model import Model

BLOCKS_AHEAD = 8
"""Blocks that are labelled while a row group is encoded: about as many as it takes.

Rejected rows count by their size as text: nothing is done with them but write.
"""

REJECTS_AT_ONCE = 16 * 1024
"""Rejected rows that are made into text at once: with what is wrong, short ones grow tenfold."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of an upload.

    Parameters
    ----------
    tally
        The counts.
    layout
        Its shape.
    encoding
        What its bytes were.
    """

    tally: Tally
    layout: Layout
    encoding: str


def score_stream(
    source: ByteSource,
    model: Model,
    scored: RowSink,
    rejected: ByteSink,
    *,
    lineage: dict[str, str] | None = None,
    check: Callable[[Tally], None] = lambda _: None,
) -> Scored:
    """Score an upload.

    Parameters
    ----------
    source
        The bytes of the upload.
    model
        Scores the customers.
    scored, rejected
        Take the two outputs; `scored` is closed at the end (or abandoned), `rejected` is not.
    lineage
        Key-value metadata of the labelled output.
    check
        Called whenever something was written, with the counts so far, which are a few blocks ahead;
        may raise to stop.

    Raises
    ------
    UploadRefused
        The upload as a whole cannot be scored; what was written by then is worthless.
    """
    upload = open_upload(source, model.spec)
    layout = upload.layout
    tally = Tally(model)
    scored.open(layout.schema(lineage))
    rejects = RejectText(layout)
    rejected.write(rejects.header())
    try:
        labelled = _labelled(upload, model, tally, rejects)
        for piece in ahead(labelled, BLOCKS_AHEAD, _weight):
            if isinstance(piece, bytes):
                rejected.write(piece)
            else:
                scored.write(piece)
            check(tally)
        scored.close()
    except BaseException:
        scored.abandon()
        raise
    return Scored(tally, layout, upload.encoding)


def _labelled(
    upload: Upload, model: Model, tally: Tally, rejects: RejectText
) -> Iterator[pa.RecordBatch | bytes]:
    """Parse blocks, two at a time since bad rows take long; give their rejects, then their rows."""
    labeller = Labeller(model)
    batches = _Batches(upload.layout, model)
    row = 2  # the header is record 1
    for parsed in in_order(upload.parser.parse, upload.blocks):
        labels = labeller.label([column for one in parsed.encoded for column in one])
        tally.add(parsed, labels)
        if parsed.rejects is not None:
            for few in parsed.rejects.pieces(REJECTS_AT_ONCE):
                yield rejects.lines(few, row)
        if parsed.scored:
            yield batches.of(parsed, labels)
        row += parsed.read


def _weight(piece: pa.RecordBatch | bytes) -> int:
    return 1 + len(piece) // BLOCK_BYTES if isinstance(piece, bytes) else 1


class _Batches:
    """Makes the labelled rows of each block; what is the same for all of them is made once."""

    def __init__(self, layout: Layout, model: Model) -> None:
        self._schema = layout.schema()
        self._ids = np.array([segment.id for segment in model.segments], np.int32)
        self._names = texts([segment.name for segment in model.segments])
        self._version = texts([model.version])

    def of(self, parsed: Parsed, labels: Labels) -> pa.RecordBatch:
        """Put the columns of a block side by side, in the order of the schema."""
        names = arrow(labels.index.astype(np.int32))
        versions = arrow(np.zeros(parsed.scored, np.int32))
        return pa.record_batch(
            [
                *parsed.kept,
                arrow(self._ids[labels.index]),
                pa.DictionaryArray.from_arrays(names, self._names),
                arrow(labels.distance),
                arrow(labels.margin),
                bits(labels.outlier),
                pa.DictionaryArray.from_arrays(versions, self._version),
            ],
            schema=self._schema,
        )
