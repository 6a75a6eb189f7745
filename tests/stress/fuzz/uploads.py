"""Uploads: CSV files with everything wrong in them that a file can have."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from unittest import mock

from hypothesis import strategies as st

from engine import records, text
from segmentation.model import Model
from tests.stress.fuzz.target import Target
from tests.support.csvs import AWKWARD_NUMBERS, MALL_HEADER, deliver_upload, read_csv
from tests.support.models import mall_model, shopper_model

STATUSES = ("scored", "partly_scored", "refused")


@dataclass(frozen=True)
class Upload:
    """An upload, and how small the pieces are in which the engine works on it."""

    model: Model
    data: bytes
    block_bytes: int
    chunk_bytes: int


_MALL, _SHOPPERS = mall_model(), shopper_model()
_ROWS = (
    *("1,Male,19,15,39", "2,f,20.5,1e2,81", '3,"Female","21",17,6', "4,M,?,18,77", "5,F,23"),
    *('6,Female,31,"1\n7",40', '7,"Ma""le",22,17,76', "8,M,35,18,6,9", "", ",,,,", '"', '9,"M'),
    *("=cmd|' /C calc'!A0,M,1,1,1", "10,M,\x00,1,1", "\ud800,M,1,1,1", "11,\u0130,1,1,1"),
)
_MALL_FILE = "\n".join((MALL_HEADER, *_ROWS, *(f"0,M,{one},1,1" for one in AWKWARD_NUMBERS[:40])))
_SHOPPER_FILE = 'id;Plan;Visits;"Spend (€)";note\n1;Plus;12;1,5;a\n2;B;x;2;"b;\n"\n3;Größer;1;.5;\n'
_READABLE: tuple[tuple[Model, bytes], ...] = (
    (_MALL, _MALL_FILE.encode("utf-8", "surrogatepass")),
    (_MALL, _MALL_FILE.replace("\n", "\r\n").encode("utf-16", "surrogatepass")),
    (_MALL, f"_row,_reason,_detail,{MALL_HEADER}\n2,x,y,1,M,1,1,1\n".encode()),
    (_SHOPPERS, _SHOPPER_FILE.encode()),
    (_SHOPPERS, _SHOPPER_FILE.encode("windows-1252")),
    (_SHOPPERS, _SHOPPER_FILE.replace(";", "\t").replace("\n", "\r").encode("utf-8-sig")),
)
_SEEDS: tuple[tuple[Model, bytes], ...] = (
    *((_MALL, data) for data in (b"", b"PK\x03\x04 a workbook", b"\x89PNG\r\n\x1a\n")),
    (_MALL, MALL_HEADER.encode()),
    (_MALL, gzip.compress(_MALL_FILE.encode("utf-8", "replace"), 1)),
    (_MALL, f"{MALL_HEADER},segment,Segment,{MALL_HEADER[:9]}\n1,M,1,1,1,a,b,c\n".encode()),
    (_MALL, b"1,Male,19,15,39\n2,Male,21,15,81\n"),
)
_BITS = (
    b'"',
    b'""',
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\x1f\x8b",
)

Edit = Callable[[bytes], bytes]


def _put(place: float, cut: int, bits: bytes) -> Edit:
    def edit(data: bytes) -> bytes:
        begin = int(place * len(data))
        return data[:begin] + bits + data[begin + cut :]

    return edit


def _repeated(place: float, size: int, times: int) -> Edit:
    def edit(data: bytes) -> bytes:
        begin = int(place * len(data))
        return data[:begin] + data[begin : begin + size] * times + data[begin + size :]

    return edit


# Damage to a header mostly refuses the whole file, so most of it is done behind.
_places = st.floats(0, 1) | st.floats(0.2, 1) | st.floats(0.2, 1)
_edits = st.one_of(
    st.builds(_put, _places, st.integers(0, 3), st.sampled_from(_BITS) | st.binary(max_size=3)),
    st.builds(_put, _places, st.integers(0, 40), st.text(max_size=8).map(lambda t: t.encode())),
    st.builds(_repeated, _places, st.integers(1, 60), st.integers(0, 30)),
    st.builds(lambda place: lambda data: data[: int(place * len(data))], _places),
    st.just(lambda data: gzip.compress(data, 1)),
    st.just(lambda data: data + data),
)


@st.composite
def uploads(draw: st.DrawFn) -> Upload:
    """Damage a file here and there."""
    model, data = draw(st.sampled_from(_SEEDS + _READABLE * 3))
    for edit in draw(st.lists(_edits, max_size=6)):
        data = edit(data)
    return Upload(
        model,
        data,
        block_bytes=draw(st.sampled_from((1, 7, 300, 2 << 20))),
        chunk_bytes=draw(st.sampled_from((5, 64, 1 << 20))),
    )


def check(upload: Upload) -> Counter[str]:
    """Deliver it: an answer always, and rows read = scored + rejected in the outputs themselves."""
    with (
        mock.patch.object(records, "BLOCK_BYTES", upload.block_bytes),
        mock.patch.object(text, "CHUNK_BYTES", upload.chunk_bytes),
    ):
        delivered = deliver_upload(upload.model, upload.data)
    report = delivered.report
    rows = report["rows"]
    assert report["status"] in STATUSES
    assert rows["read"] == rows["scored"] + rows["rejected"]
    assert rows["rejected"] == sum(report["reasons"].values())
    assert rows["scored"] == delivered.table.num_rows == sum(s["count"] for s in report["segments"])
    records_rejected = read_csv(delivered.rejects, report.get("delimiter", ","))[1:]
    assert rows["rejected"] == len(records_rejected)
    return Counter({report["status"]: 1, "rows": rows["read"]})


TARGET = Target("uploads", uploads(), check)
