"""CSV uploads for tests: made awkward, scored in memory, judged by Python's csv module."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from hypothesis import strategies as st

from engine.score import Scored, score_stream
from engine.sinks import ParquetSink
from score.delivery import deliver
from segmentation.model import Model
from tests.support.memory_bucket import MemoryBucket

MALL_HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)"
MALL_ROW = "0001,Male,19,15,39"
BYTE_ORDER_MARK = "\ufeff"


def mall_csv(*rows: str, header: str = MALL_HEADER) -> bytes:
    """Give an upload of these lines under the usual header."""
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def read_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    """Read records as Python's csv module does; blank lines are none."""
    lines = io.StringIO(text, newline="")
    return [record for record in csv.reader(lines, delimiter=delimiter) if record]


def quoted(cells: Sequence[str], delimiter: str = ",") -> str:
    """Write a record with quotes where they are needed."""
    return delimiter.join(
        '"{}"'.format(cell.replace('"', '""')) if set(cell) & set(f'{delimiter}"\r\n') else cell
        for cell in cells
    )


@dataclass(frozen=True)
class Outcome:
    """What scoring an upload gave."""

    scored: Scored
    parquet: bytes
    rejects: bytes

    @cached_property
    def table(self) -> pa.Table:
        return pyarrow.parquet.read_table(io.BytesIO(self.parquet))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows

    @cached_property
    def rejected(self) -> list[list[str]]:
        """The reject file's records, its header first."""
        text = self.rejects.decode("utf-8-sig")
        return read_csv(text, self.scored.layout.delimiter)

    @cached_property
    def reasons(self) -> dict[int, str]:
        """Reason by record number."""
        return {int(number): reason for number, reason, *_ in self.rejected[1:]}

    @cached_property
    def details(self) -> dict[int, str]:
        """Detail by record number."""
        return {int(number): detail for number, _, detail, *_ in self.rejected[1:]}


def score(model: Model, data: bytes) -> Outcome:
    """Score an upload with the engine, in memory."""
    parquet, rejects = io.BytesIO(), io.BytesIO()
    scored = score_stream(io.BytesIO(data), model, ParquetSink(_Kept(parquet)), rejects)
    return Outcome(scored, parquet.getvalue(), rejects.getvalue())


class _Kept:
    """A sink that the Parquet writer cannot close."""

    def __init__(self, buffer: io.BytesIO) -> None:
        self.write = buffer.write


@dataclass(frozen=True)
class Delivery:
    """What a delivered upload left in the results bucket, read where it is there."""

    report: dict[str, Any]
    objects: dict[str, bytes]

    @property
    def table(self) -> pa.Table:
        return pyarrow.parquet.read_table(io.BytesIO(self._output("scored")))

    @property
    def rejects(self) -> str:
        return self._output("rejected").decode("utf-8-sig")

    def _output(self, name: str) -> bytes:
        return self.objects[self.report["outputs"][name]["key"]]


def deliver_upload(model: Model, data: bytes, key: str = "customers.csv") -> Delivery:
    """Drop an upload into buckets in memory, deliver it, and read what stands there then."""
    uploads, results = MemoryBucket("uploads"), MemoryBucket("results")
    uploads.put(key, data)
    deliver(key, uploads, results, lambda _version: model)
    objects = {name: found for name, (found, _) in results.objects.items()}
    (report,) = (found for name, found in objects.items() if name.startswith("reports/"))
    return Delivery(json.loads(report), objects)


AWKWARD_NUMBERS = (
    *("1_000", "+19", ".5", "5.", "1e2", "1E+2", "2e-1", "-0", "+0", "-0.0", "00019", "1e999"),
    *(
        "-1e999",
        "1e-999",
        "1e",
        "1e+",
        "e5",
        ".",
        "+",
        "-",
        "+-1",
        "--1",
        "1.2.3",
        "1,5",
        "1.000,5",
    ),
    *(
        "0x10",
        "0b1",
        "1L",
        "1f",
        "1d2",
        "19%",
        "$19",
        "nan",
        "NaN",
        "-nan",
        "nan(1)",
        "inf",
        "-inf",
    ),
    *("Infinity", "INF", "NA", "null", "None", "?", "", " ", "\t", " 19", "19 ", "\t19\t", "1 9"),
    *("\u0661\u0669", "\uff11\uff19", "19\u00a0", "\u00a019", "\ufeff19", "\u200b19", "19\0", "\0"),
    *("1" * 400, "0" * 5_000 + "19", "19." + "0" * 5_000, "0." + "0" * 400 + "1", "9" * 5_000),
    *("4.9e-324", "1e-320", "2.2250738585072011e-308", "1e100", "1.0000000000000001e100", "1e101"),
    *("0.1", "0.30000000000000004", "9007199254740993", "179769313486231570000" + "0" * 289),
    *("19\n", "\r19", "1\n9", "true", "False", "\u221219", "19\u2009", "1\u202f000", '"19"'),
)
"""Spellings on which readers of numbers disagree."""

awkward_numbers = st.one_of(
    st.sampled_from(AWKWARD_NUMBERS),
    st.from_regex(
        r"[ \t]?[+-]?[0-9]{0,4}[.,]?[0-9]{0,4}([eE][+-]?[0-9]{0,3})?[ \t]?", fullmatch=True
    ),
    st.text("0123456789+-.,eE_ \t\u00a0\u0661infax", max_size=8),
    st.floats().map(repr),
)
"""Texts in a number's place."""
