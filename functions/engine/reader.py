"""Reading an upload: from its bytes to blocks of judged rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.block import Parsed
from engine.layout import Layout, find_layout
from engine.parse import BlockParser
from engine.records import blocks
from engine.text import ByteSource, open_text
from segmentation.spec import Spec


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload whose header is read.

    Parameters
    ----------
    layout
        Its shape.
    encoding
        What its bytes were.
    blocks
        Its text after the header, in blocks of whole records; given once.
    parser
        Parses them; may be used from several threads.
    """

    layout: Layout
    encoding: str
    blocks: Iterator[bytes]
    parser: BlockParser

    def parsed(self) -> Iterator[Parsed]:
        """Give the blocks read and judged."""
        return map(self.parser.parse, self.blocks)


def open_upload(source: ByteSource, spec: Spec) -> Upload:
    """Read the beginning of an upload.

    Raises
    ------
    UploadRefused
        It is empty, not text, has no header or lacks a feature; also while reading `Upload.blocks`.
    """
    text = open_text(source)
    layout, offset = find_layout(spec, text)
    pieces = blocks(text.beginning[offset:], text.rest, layout.delimiter)
    return Upload(layout, text.encoding, pieces, BlockParser(spec, layout, text.encoding))
