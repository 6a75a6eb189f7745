"""From the bytes of an upload to UTF-8 text: decompression, encoding, and what is no text at all.

Everything downstream works on UTF-8 bytes. A part that cannot be decoded becomes bytes that are
not valid UTF-8, so that it is the row around it that is rejected and not the upload.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from segmentation.errors import UploadRefused

SNIFFED_BYTES = 1 << 20
"""How much of an upload decides on its encoding."""

CHUNK_BYTES = 2 << 20
"""How much is read, inflated and decoded at a time."""

MAXIMUM_EXPANSION = 200
"""A gzip file that grows beyond this factor is refused, once `EXPANSION_FREE_BYTES` are out."""

EXPANSION_FREE_BYTES = 64 << 20

_GZIP = b"\x1f\x8b"
_KNOWN_FORMATS = (
    (b"PK\x03\x04", "an Excel workbook or zip archive: open it and save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: open it and save it as CSV"),
    (b"PAR1", "a Parquet file: export it as CSV"),
    (b"%PDF", "a PDF: export the table as CSV"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)


class ByteSource(Protocol):
    """The bytes of an upload, in order."""

    def read(self, size: int, /) -> bytes:
        """Give exactly `size` bytes, fewer only at the end, none after it."""


class CountedSource:
    """Counts the bytes that are read from a source.

    Parameters
    ----------
    source
        Where the bytes come from.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.count = 0

    def read(self, size: int, /) -> bytes:
        """Give exactly `size` bytes, fewer only at the end, none after it."""
        data = self._source.read(size)
        self.count += len(data)
        return data


@dataclass(frozen=True, slots=True)
class Text:
    """An upload as text.

    Parameters
    ----------
    encoding
        What the bytes were: ``utf-8``, ``utf-16``, or ``windows-1252``.
    beginning
        The first `SNIFFED_BYTES` or so of the text, as UTF-8 without a byte order mark; all of it
        when the text is shorter.
    rest
        What follows, in pieces of any size.
    whole
        Whether `beginning` is all of the text.
    """

    encoding: str
    beginning: bytes
    rest: Iterator[bytes]
    whole: bool


def open_text(source: ByteSource) -> Text:
    """Find out what the bytes are and give them as UTF-8.

    Raises
    ------
    UploadRefused
        ``empty``, ``not_text``, ``damaged_gzip`` or ``expands_too_much``; the last two also while
        reading `Text.rest`.
    """
    chunks = iter(lambda: source.read(CHUNK_BYTES), b"")
    first = next(chunks, b"")
    chunks = chain([first], chunks)
    if first.startswith(_GZIP):
        chunks = inflate(chunks)
    sniffed = b""
    for chunk in chunks:
        sniffed += chunk
        if len(sniffed) >= SNIFFED_BYTES:
            break
    for magic, what in _KNOWN_FORMATS:
        if sniffed.startswith(magic):
            raise UploadRefused("not_text", f"the file is not text but {what}")
    encoding, mark = _encoding_of(sniffed)
    decoded = _DECODERS[encoding](chain([sniffed[len(mark) :]], chunks))
    beginning = next(decoded, b"")
    if not beginning.strip(b"\r\n"):
        raise UploadRefused("empty", "the file is empty, expected a header and customers")
    return Text(encoding, beginning, decoded, whole=len(sniffed) < SNIFFED_BYTES)


def inflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress a gzip stream (RFC 1952), all of its members.

    Raises
    ------
    UploadRefused
        The stream is damaged, ends early, or expands beyond the limit.
    """
    read = written = 0
    member = zlib.decompressobj(wbits=31)
    inside = False
    for chunk in chunks:
        read += len(chunk)
        # Zeros may pad a member: GNU gzip ignores them, too.
        pending = chunk if inside else chunk.lstrip(b"\0")
        while pending:
            inside = True
            try:
                piece = member.decompress(pending, CHUNK_BYTES)
            except zlib.error as exc:
                problem = f"the gzip data is damaged within its first {read:,} bytes"
                raise UploadRefused("damaged_gzip", f"{problem}: compress the file anew") from exc
            written += len(piece)
            if written > EXPANSION_FREE_BYTES and written > MAXIMUM_EXPANSION * read:
                raise UploadRefused(
                    "expands_too_much",
                    f"the gzip file grows to more than {MAXIMUM_EXPANSION} times its size, "
                    f"expected at most that beyond {EXPANSION_FREE_BYTES >> 20} MiB",
                )
            if piece:
                yield piece
            pending = member.unconsumed_tail
            if member.eof:
                pending = member.unused_data.lstrip(b"\0")
                member = zlib.decompressobj(wbits=31)
                inside = False
    if inside:
        problem = f"the gzip data ends too early, after {read:,} bytes"
        raise UploadRefused("damaged_gzip", f"{problem}: upload the whole file")


def _encoding_of(sniffed: bytes) -> tuple[str, bytes]:
    """Give the encoding and its byte order mark."""
    for encoding, mark in (
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ):
        if sniffed.startswith(mark):
            return encoding, mark
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sniffed[:SNIFFED_BYTES])
    except UnicodeDecodeError:
        return "windows-1252", b""
    return "utf-8", b""


def _utf16(encoding: str) -> Callable[[Iterable[bytes]], Iterator[bytes]]:
    def decode(chunks: Iterable[bytes]) -> Iterator[bytes]:
        # surrogatepass lets a lone surrogate through, as bytes that are not valid UTF-8.
        decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        if decoder.getstate()[0]:
            yield b"\xff"  # half a character at the end

    return decode


def _windows_1252(chunks: Iterable[bytes]) -> Iterator[bytes]:
    # The five bytes that Windows-1252 leaves undefined go through as they are: not valid UTF-8.
    for chunk in chunks:
        text = chunk.decode("windows-1252", "surrogateescape")
        yield text.encode("utf-8", "surrogateescape")


_DECODERS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes]]] = {
    "utf-8": iter,
    "utf-16-le": _utf16("utf-16-le"),
    "utf-16-be": _utf16("utf-16-be"),
    "windows-1252": _windows_1252,
}
