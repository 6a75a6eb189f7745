"""Reading customers for training, with the verdicts that scoring would give.

A row that scoring would reject is dropped, and counted by its reason. CSV goes through the engine
of the score function itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.pipeline import ahead
from engine.reader import open_upload
from engine.rejects import REASONS
from segmentation.errors import Reason, UploadRefused, ValueRejected
from segmentation.features import Feature
from segmentation.header import match_header
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from training.data.dataset import Dataset, Floats
from training.data.duplicates import NO_ID, Keys, first_rows, keys_of
from training.data.source import SourceFile, digest, local_files
from training.errors import DataError
from training.threads import spread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Codes = np.typing.NDArray[np.int8]

DUPLICATE = "duplicate_id"
"""Why a row was dropped whose id stood before, beside the reasons for which scoring rejects."""

_PARQUET = b"PAR1"
_PARQUET_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file.

    Parameters
    ----------
    encoded
        Shape (usable rows, columns of the spec).
    dropped
        How many other rows there are, by the code of the reason.
    keys
        Of the ids, shape (usable rows,); None where the file has none.
    """

    encoded: Floats
    dropped: Mapping[str, int]
    keys: Keys | None


def read_customers(address: str, spec: Spec, s3: Callable[[], S3Client]) -> Dataset:
    """Read all customers at an address, in the order of files and rows.

    Of rows with the same id the first usable one counts; the others are dropped.

    Parameters
    ----------
    address
        A CSV or Parquet file, a folder of them, or either as ``s3://bucket/key``.
    spec
        Says which columns are features and how they are read.
    s3
        Makes the boto3 S3 client; called only for an S3 address.

    Raises
    ------
    DataError
        There is nothing, it cannot be read, it lacks a feature, or no row can be used.
    TransientError
        S3 did not answer, or refused.
    """
    parts: list[Floats] = []
    keys: list[Keys] = []
    dropped: Counter[str] = Counter()
    with local_files(address, s3) as files:
        for file in files:
            for block in _blocks(file, spec):
                parts.append(block.encoded)
                keys.append(
                    np.full(len(block.encoded), NO_ID, np.uint64)
                    if block.keys is None
                    else block.keys
                )
                dropped.update(block.dropped)
        encoded = np.concatenate(parts) if parts else np.empty((0, len(spec.columns)))
        parts.clear()
        if not len(encoded):
            reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.most_common())
            raise DataError(
                f"{address}: no usable row ({reasons or 'there is only a header'}), "
                "expected customers"
            )
        first = first_rows(np.concatenate(keys))
        if first is not None:
            dropped[DUPLICATE] += len(encoded) - len(first)
            encoded = encoded[first]
        counts = dict(sorted(dropped.items()))
        return Dataset(spec, encoded, address, digest(files), len(files), counts)


def _blocks(file: SourceFile, spec: Spec) -> Iterator[Block]:
    try:
        with file.path.open("rb") as stream:
            parquet = stream.read(len(_PARQUET)) == _PARQUET
        yield from _parquet_blocks(file, spec) if parquet else _csv_blocks(file, spec)
    except UploadRefused as exc:
        raise DataError(f"{file.address}: {exc.message}") from exc
    except OSError as exc:
        raise DataError(f"{file.address}: cannot be read: {exc.strerror or exc}") from exc
    except pa.ArrowException as exc:
        problem = str(exc).partition("\n")[0]
        raise DataError(f"{file.address}: not a readable Parquet file: {problem}") from exc


def _csv_blocks(file: SourceFile, spec: Spec) -> Iterator[Block]:
    with file.path.open("rb") as stream:
        upload = open_upload(stream, spec)
        ids = [
            place
            for place, kept in enumerate(upload.layout.kept)
            if kept.position is not None and kept.position == upload.layout.header.id
        ]

        def read(text: bytes) -> Block:
            parsed = upload.parser.parse(text)
            columns = [column for feature in parsed.encoded for column in feature]
            reasons = np.empty(0, np.int8) if parsed.rejects is None else parsed.rejects.reasons
            keys = keys_of(parsed.kept[ids[0]]) if ids else None
            return Block(np.column_stack(columns), _counted(reasons), keys)

        # As scoring does: the next text is cut while the last ones are parsed.
        yield from spread(read, ahead(upload.blocks))


def _parquet_blocks(file: SourceFile, spec: Spec) -> Iterator[Block]:
    parquet = pq.ParquetFile(file.path)
    names = parquet.schema_arrow.names
    header = match_header(spec, names)
    wanted = [names[position] for position in header.features]
    id_name = None if header.id is None else names[header.id]
    needed = [*wanted, *([] if id_name is None else [id_name])]

    def read(batch: pa.RecordBatch) -> Block:
        judged = [
            _judge(feature, batch.column(name))
            for feature, name in zip(spec.features, wanted, strict=True)
        ]
        reasons = np.full(batch.num_rows, -1, np.int8)
        for _, verdict in reversed(judged):  # the first failing feature gives the reason
            reasons = np.where(verdict >= 0, verdict, reasons)
        encoded = np.concatenate([columns for columns, _ in judged], axis=1)
        good = reasons < 0
        keys = None if id_name is None else keys_of(batch.column(id_name))[good]
        return Block(encoded[good], _counted(reasons[~good]), keys)

    yield from spread(read, parquet.iter_batches(_PARQUET_ROWS, columns=needed))


def _counted(reasons: Codes) -> dict[str, int]:
    """Count rows by the code of their reason, given as indices into `REASONS`."""
    counts = np.bincount(reasons, minlength=len(REASONS)).tolist()
    return {reason.value: count for reason, count in zip(REASONS, counts, strict=True) if count}


def _judge(feature: Feature, column: pa.Array) -> tuple[Floats, Codes]:
    """Give a Parquet column encoded, and for each row an index into `REASONS` or -1."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if isinstance(feature, NumericFeature) and _is_number(column.type):
        return _judge_numbers(feature, column)
    return _judge_distinct(feature, column)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _judge_numbers(feature: NumericFeature, column: pa.Array) -> tuple[Floats, Codes]:
    missing = column.is_null().to_numpy(zero_copy_only=False)
    numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    inside = (numbers >= feature.valid.lowest) & (numbers <= feature.valid.highest)
    reasons = np.where(inside, -1, REASONS.index(Reason.OUT_OF_BOUNDS)).astype(np.int8)
    reasons[~np.isfinite(numbers)] = REASONS.index(Reason.NOT_A_NUMBER)
    reasons[missing] = REASONS.index(Reason.MISSING_VALUE)
    return numbers[:, None], reasons


def _judge_distinct(feature: Feature, column: pa.Array) -> tuple[Floats, Codes]:
    """Judge each distinct value once: a text as in CSV, anything else as in JSON."""
    distinct = column.dictionary_encode(null_encoding="encode")
    encoded = np.zeros((len(distinct.dictionary), len(feature.columns)))
    reasons = np.full(len(distinct.dictionary), -1, np.int8)
    for index, value in enumerate(distinct.dictionary.to_pylist()):
        try:
            if value is None or isinstance(value, bool | int | float):
                read = feature.read_json(value)
            else:
                read = feature.read_text(str(value))
            encoded[index] = feature.encode(read)  # type: ignore[arg-type]
        except ValueRejected as exc:
            reasons[index] = REASONS.index(exc.reason)
    rows = distinct.indices.to_numpy()
    return encoded[rows], reasons[rows]
