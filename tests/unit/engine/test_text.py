"""What the bytes of an upload are: encodings, compression, and what is no text."""

from __future__ import annotations

import gzip
import io
from unittest import mock

import pytest
from hypothesis import strategies as st

from engine import text as text_module
from engine.text import Text, inflate, open_text
from segmentation.errors import UploadRefused
from tests.support.properties import property_of

HEADER = "CustomerID,City\n"


def opened(data: bytes) -> tuple[Text, bytes]:
    text = open_text(io.BytesIO(data))
    return text, text.beginning + b"".join(text.rest)


def refusal(data: bytes) -> UploadRefused:
    with pytest.raises(UploadRefused) as refused:
        opened(data)
    return refused.value


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_every_encoding_comes_out_as_utf_8_without_a_mark(codec: str, encoding: str) -> None:
    written = HEADER + "1,D\u00fcsseldorf \u20ac\n"
    mark = "\ufeff" if codec.startswith("utf-16") else ""

    text, decoded = opened((mark + written).encode(codec))

    assert (text.encoding, decoded) == (encoding, written.encode())
    assert text.whole


@property_of(
    st.text(max_size=60),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]),
    st.integers(4, 9),
    quick=100,
)
def test_characters_that_lie_across_two_pieces_stay_whole(body: str, codec: str, size: int) -> None:
    written = HEADER + body
    mark = "\ufeff" if codec.startswith("utf-16") else ""
    with (
        mock.patch.object(text_module, "CHUNK_BYTES", size),
        mock.patch.object(text_module, "SNIFFED_BYTES", size),
    ):
        _, decoded = opened((mark + written).encode(codec))

    assert decoded == written.encode()


@pytest.mark.parametrize("byte", [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"])
def test_a_byte_that_windows_1252_leaves_undefined_stays_as_it_is(byte: bytes) -> None:
    text, decoded = opened(HEADER.encode() + b"1,K\xf6ln\n2," + byte + b"\n")

    assert text.encoding == "windows-1252"
    assert decoded == HEADER.encode() + "1,K\u00f6ln\n2,".encode() + byte + b"\n"


def test_what_utf_16_cannot_mean_is_not_valid_utf_8_afterwards() -> None:
    lone_surrogate = "\ufeffa\ud800b".encode("utf-16-le", "surrogatepass")

    for data in (lone_surrogate, "\ufeffab".encode("utf-16-le") + b"x"):
        _, decoded = opened(data)

        with pytest.raises(UnicodeDecodeError):
            decoded.decode("utf-8")


def test_the_first_part_alone_decides_on_the_encoding() -> None:
    late = HEADER.encode() + b"1,x\n" * (1 << 18) + b"2,\xe9\n"

    text, decoded = opened(late)

    assert text.encoding == "utf-8"
    assert not text.whole
    assert decoded == late


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff\x00\n", gzip.compress(b"")],
    ids=["no bytes", "blank lines", "UTF-8 mark", "UTF-16 LE mark", "UTF-16 BE", "gzip of nothing"],
)
def test_nothing_is_refused_as_empty(data: bytes) -> None:
    refused = refusal(data)

    assert refused.code == "empty"
    assert refused.message == "the file is empty, expected a header and customers"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "an Excel workbook or zip archive: open it and save it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel workbook: open it and save it as CSV"),
        (b"PAR1rest", "a Parquet file: export it as CSV"),
        (b"%PDF-1.7", "a PDF: export the table as CSV"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"GIF89a", "a picture"),
    ],
)
def test_a_known_format_is_refused_by_its_name(data: bytes, what: str) -> None:
    for upload in (data, gzip.compress(data)):
        refused = refusal(upload)

        assert (refused.code, refused.message) == ("not_text", f"the file is not text but {what}")


def test_members_of_a_gzip_file_follow_one_another() -> None:
    members = [gzip.compress(part) for part in (HEADER.encode(), b"1,x\n", b"", b"2,y\n")]

    _, decoded = opened(b"".join(members))

    assert decoded == HEADER.encode() + b"1,x\n2,y\n"


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_zeros_may_pad_the_members_of_a_gzip_file(size: int) -> None:
    padded = gzip.compress(b"a,b\n") + bytes(20) + gzip.compress(b"c,d\n") + bytes(512)
    pieces = [padded[begin : begin + size] for begin in range(0, len(padded), size)]

    assert b"".join(inflate(pieces)) == b"a,b\nc,d\n"


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
def test_a_gzip_file_that_ends_too_early_is_refused(cut: int) -> None:
    whole = gzip.compress(HEADER.encode() * 3)
    kept = whole[:-cut]

    refused = refusal(kept)

    assert refused.code == "damaged_gzip"
    assert refused.message == (
        f"the gzip data ends too early, after {len(kept):,} bytes: upload the whole file"
    )


@pytest.mark.parametrize("place", [2, 15, -5])
def test_a_gzip_file_with_a_wrong_byte_is_refused(place: int) -> None:
    damaged = bytearray(gzip.compress(HEADER.encode() * 3))
    damaged[place] ^= 0xFF

    refused = refusal(bytes(damaged))

    assert refused.code == "damaged_gzip"
    assert refused.message == (
        f"the gzip data is damaged within its first {len(damaged):,} bytes: compress the file anew"
    )


def bomb(mebibytes: int) -> bytes:
    """Give so many MiB of blank lines, compressed about a thousandfold."""
    return gzip.compress(b"\n" * (1 << 20)) * mebibytes


def test_a_gzip_bomb_is_refused_when_it_has_grown_too_much() -> None:
    grown = 0
    with pytest.raises(UploadRefused) as refused:
        for piece in inflate([bomb(200)]):
            grown += len(piece)
            assert len(piece) <= 1 << 20

    assert refused.value.code == "expands_too_much"
    assert refused.value.message == (
        "the gzip file grows to more than 200 times its size, expected at most that beyond 64 MiB"
    )
    assert grown <= 66 << 20


def test_a_small_file_may_be_compressed_as_well_as_it_can() -> None:
    assert sum(map(len, inflate([bomb(60)]))) == 60 << 20
