"""What the columns of a customer file seem to be, by the values in its first rows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine.records import DELIMITERS, first_record, read_fields
from engine.text import open_text
from segmentation import values
from segmentation.errors import UploadRefused
from segmentation.spec import OUTPUT_NAMES, REJECT_NAMES, header_key
from training.data.dataset import Floats
from training.data.source import SourceFile, local_files
from training.errors import DataError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LOOKED_AT_ROWS = 100_000
"""How many rows at the beginning of the first file decide."""

MOST_CATEGORIES = 20
"""A column of texts with more different ones is no category."""

NUMBERS_AT_LEAST = 0.9
"""The part of a column's values that have to be numbers, so that it is a column of numbers."""

_ID_LIKE = re.compile(r"(^|[^a-z])(id|ids|no|nr|number|key|code|uuid)$|customer$|client$|id$", re.I)
_CHUNKS = 32


@dataclass(frozen=True)
class ColumnFacts:
    """One column of the file.

    Parameters
    ----------
    header
        As it stands in the file, without outer space.
    kind
        ``id``, ``numeric``, ``categorical`` or ``left_out``.
    why
        What it is left out for.
    numbers
        Of a numeric column, those that could be read.
    categories
        Of a categorical column, the most frequent first, as they are spelt most often.
    wrong
        Values that do not fit, such as texts among numbers; empty ones too.
    """

    header: str
    kind: str
    why: str = ""
    numbers: Floats | None = None
    categories: tuple[str, ...] = ()
    wrong: int = 0


def look_at(address: str, s3: Callable[[], S3Client]) -> tuple[list[ColumnFacts], int]:
    """Judge every column of a file of customers, or of the first file of a folder.

    Parameters
    ----------
    address
        A CSV or Parquet file, a folder of them, or either as ``s3://bucket/key``.
    s3
        Makes the boto3 S3 client; called only for an S3 address.

    Returns
    -------
    columns, rows
        The columns in file order, at most one of kind ``id``; and how many rows were looked at.

    Raises
    ------
    DataError
        There is nothing, it cannot be read, or it has no rows.
    """
    with local_files(address, s3) as files:
        table, decimal_comma = _first_rows(files[0])
    if not len(table):
        raise DataError(f"{address}: there is only a header, expected customers")
    headers = [str(header).strip() for header in table.columns]
    facts = [
        _judge(header, table.iloc[:, place], decimal_comma, headers.index(header) < place)
        for place, header in enumerate(headers)
    ]
    return _with_id(facts, table), len(table)


def _first_rows(file: SourceFile) -> tuple[pd.DataFrame, bool]:
    try:
        with file.path.open("rb") as stream:
            parquet = stream.read(4) == b"PAR1"
        return (_parquet_rows(file), False) if parquet else _csv_rows(file)
    except UploadRefused as exc:
        raise DataError(f"{file.address}: {exc.message}") from exc
    except OSError as exc:
        raise DataError(f"{file.address}: cannot be read: {exc.strerror or exc}") from exc
    except (pa.ArrowException, pd.errors.ParserError) as exc:
        problem = str(exc).partition("\n")[0]
        raise DataError(f"{file.address}: cannot be read: {problem}") from exc


def _csv_rows(file: SourceFile) -> tuple[pd.DataFrame, bool]:
    with file.path.open("rb") as stream:
        text = open_text(stream)
        records = {one: first_record(text.beginning, one, whole=text.whole) for one in DELIMITERS}
        headers = {
            one: read_fields(record[0].decode("utf-8", "replace"), one)
            for one, record in records.items()
            if record is not None
        }
        if not headers:
            raise DataError(f"{file.address}: the first row does not end, expected a header")
        delimiter = max(headers, key=lambda one: len(headers[one]))
        if all(values.parse_number(field.strip()) is not None for field in headers[delimiter]):
            raise DataError(
                f"{file.address}: the first row holds numbers, expected a header with column names"
            )
        data = text.beginning + b"".join(islice(text.rest, _CHUNKS))
    table = pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        dtype=str,
        keep_default_na=False,
        header=0,
        names=range(len(headers[delimiter])),
        index_col=False,
        nrows=LOOKED_AT_ROWS,
        encoding_errors="replace",
        on_bad_lines="skip",
    )
    table.columns = pd.Index(headers[delimiter])
    return table.fillna(""), delimiter == ";"


def _parquet_rows(file: SourceFile) -> pd.DataFrame:
    parquet = pq.ParquetFile(file.path)
    batch = next(parquet.iter_batches(LOOKED_AT_ROWS), None)
    if batch is None:
        return pd.DataFrame()
    columns = [_as_texts(column) for column in batch.columns]
    table = pd.DataFrame(dict(enumerate(columns)))
    table.columns = pd.Index(batch.schema.names)
    return table


def _as_texts(column: pa.Array) -> list[str]:
    return ["" if one is None else str(one) for one in column.to_pylist()]


def _judge(header: str, texts: pd.Series, decimal_comma: bool, again: bool) -> ColumnFacts:
    if again:
        return ColumnFacts(header, "left_out", "another column has the same header")
    if not header:
        return ColumnFacts(header, "left_out", "it has no header")
    if header_key(header) in {*OUTPUT_NAMES, *REJECT_NAMES}:
        return ColumnFacts(header, "left_out", "scoring adds a column of this name")
    trimmed = texts.str.strip(values.TRIMMED)
    filled = trimmed[trimmed != ""]
    wrong = len(texts) - len(filled)
    if filled.empty:
        return ColumnFacts(header, "left_out", "it is empty")
    spellings = filled.groupby(filled.map(values.normalised)).agg(lambda one: one.mode().iloc[0])
    if len(spellings) == 1:
        return ColumnFacts(header, "left_out", "all its values are the same")
    read = [values.parse_number(text, decimal_comma=decimal_comma) for text in filled]
    numbers = np.array([one for one in read if one is not None])
    if len(numbers) >= NUMBERS_AT_LEAST * len(filled) and len(np.unique(numbers)) > 2:
        return ColumnFacts(
            header, "numeric", numbers=numbers, wrong=wrong + len(filled) - len(numbers)
        )
    if len(spellings) <= min(MOST_CATEGORIES, max(2, len(filled) // 2)):
        counts = filled.map(values.normalised).value_counts()
        names = tuple(str(spellings[key]) for key in counts.index)
        return ColumnFacts(header, "categorical", categories=names, wrong=wrong)
    why = f"it has {len(spellings):,} different texts, which are neither numbers nor categories"
    return ColumnFacts(header, "left_out", why)


def _with_id(facts: Sequence[ColumnFacts], table: pd.DataFrame) -> list[ColumnFacts]:
    """Find the id: the first column that is called like one and tells all rows apart."""
    distinct = [
        place
        for place, one in enumerate(facts)
        if one.header and _tells_apart(table.iloc[:, place]) and not one.why.startswith("another")
    ]
    named = [place for place in distinct if _ID_LIKE.search(facts[place].header)]
    # In a few rows ages may tell all apart, too.
    numeric = [place for place, one in enumerate(facts) if one.kind == "numeric"]
    many = [place for place in distinct if len(table) >= 50 and not _has_fractions(facts[place])]
    found = (named or [place for place in many if numeric != [place]])[:1]
    return [
        ColumnFacts(one.header, "id") if place in found else one for place, one in enumerate(facts)
    ]


def _tells_apart(texts: pd.Series) -> bool:
    # A few customers may stand twice; an id is an id all the same.
    return bool(texts.nunique() >= 0.98 * len(texts) and (texts != "").mean() >= 0.98)


def _has_fractions(facts: ColumnFacts) -> bool:
    return facts.numbers is not None and bool((facts.numbers != np.floor(facts.numbers)).any())
