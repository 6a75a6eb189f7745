"""The results bucket: reports first, then exactly the outputs that a report names."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from console.errors import OutputGone
from score.outputs import Outputs
from score.s3 import S3Bucket
from segmentation.report import Output, Report, readable
from segmentation_aws.errors import ABSENT, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST_DOWNLOAD = 200 * 1024 * 1024
"""Bytes of an output that the console hands over itself: it holds them in memory meanwhile."""

_BEGINNING = 1024 * 1024
_PREFIX, _SUFFIX = "reports/", ".json"


@dataclass(frozen=True, slots=True)
class Listed:
    """A report that is there: the upload's key, when it was written, and its ETag."""

    key: str
    written: datetime
    etag: str


class Results:
    """Reads what became of uploads.

    Parameters
    ----------
    s3
        A boto3 S3 client.
    bucket
        The results bucket.
    """

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def report(self, key: str) -> Report | None:
        """Give the report of an upload, or None while there is none that can be read.

        Raises
        ------
        TransientError
            S3 did not answer, or refused.
        """
        found = S3Bucket(self._s3, self.bucket).get(Outputs.of(key).report)
        return readable(found[0]) if found else None

    def reports(self) -> list[Listed]:
        """List all reports, the newest first.

        Raises
        ------
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"list s3://{self.bucket}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=_PREFIX
            )
            found = [
                Listed(
                    one["Key"].removeprefix(_PREFIX).removesuffix(_SUFFIX),
                    one["LastModified"],
                    one["ETag"],
                )
                for page in pages
                for one in page.get("Contents", [])
                if not one["Key"].startswith(f"{_PREFIX}_long/")
            ]
        return sorted(found, key=lambda one: (one.written, one.key), reverse=True)

    def size(self, output: Output) -> int:
        """Tell how many bytes an output has.

        Raises
        ------
        OutputGone
            It, or this version of it, is not there any more.
        TransientError
            S3 did not answer, or refused.
        """
        with self._of(output) as where:
            return self._s3.head_object(**where)["ContentLength"]

    def read(self, output: Output) -> bytes:
        """Give an output whole, in the very version that its report names.

        Raises
        ------
        OutputGone, TransientError
            As for `size`.
        """
        with self._of(output) as where:
            return self._s3.get_object(**where)["Body"].read()

    def labelled_csv(self, output: Output) -> bytes:
        """Give the labelled customers as CSV in UTF-8 with a byte order mark, as Excel wants it.

        Raises
        ------
        OutputGone, TransientError
            As for `size`.
        """
        import pyarrow.csv
        import pyarrow.parquet

        labelled = pyarrow.parquet.ParquetFile(io.BytesIO(self.read(output)))
        text = io.BytesIO()
        text.write(b"\xef\xbb\xbf")
        with pyarrow.csv.CSVWriter(text, labelled.schema_arrow) as writer:
            for batch in labelled.iter_batches():
                writer.write_batch(batch)
        return text.getvalue()

    def first_rejected(self, output: Output, delimiter: str, most: int) -> list[list[str]]:
        """Give the first rejected rows, the header before them.

        Parameters
        ----------
        output
            The reject file, as the report names it.
        delimiter
            As the report says.
        most
            How many rows at most.

        Raises
        ------
        OutputGone, TransientError
            As for `size`.
        """
        with self._of(output) as where:
            answer = self._s3.get_object(**where, Range=f"bytes=0-{_BEGINNING - 1}")
            data = answer["Body"].read()
        return first_records(data, delimiter, most + 1, whole=len(data) < _BEGINNING)

    @contextlib.contextmanager
    def _of(self, output: Output) -> Iterator[dict[str, Any]]:
        """Name an output's version to S3, and say it when that is gone."""
        where = {"Bucket": self.bucket, "Key": output.key}
        if output.version_id:
            where["VersionId"] = output.version_id
        with translated(f"get an output from s3://{self.bucket}"):
            try:
                yield where
            except ClientError as exc:
                if code_of(exc) in ABSENT:
                    raise OutputGone("This result was replaced or removed since.") from exc
                raise


def first_records(data: bytes, delimiter: str, most: int, *, whole: bool) -> list[list[str]]:
    r"""Read the first records of a CSV file's beginning.

    Parameters
    ----------
    data
        Its first bytes, UTF-8 with a byte order mark.
    delimiter, most
        What separates fields, and how many records to give.
    whole
        Whether this is all of the file; else its last record may be cut and is left out.

    Examples
    --------
    >>> first_records(b'\xef\xbb\xbf_row,age\n2,"a\nb"\n3,', ",", 9, whole=False)
    [['_row', 'age'], ['2', 'a\nb']]
    """
    text = data.decode("utf-8-sig", errors="replace")
    found: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(found) > most:
                break
            if record:
                found.append(record)
    except csv.Error:  # a field longer than the csv module takes: show what came before it
        return found[:most]
    return found[:most] if whole or len(found) > most else found[:-1]


def rows_by_header(records: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Pair each row with the header; fields without a header get a number, missing ones are empty.

    Examples
    --------
    >>> rows_by_header([["_row", "age"], ["2"], ["3", "x", "y"]])
    [{'_row': '2', 'age': '', 'field 3': ''}, {'_row': '3', 'age': 'x', 'field 3': 'y'}]
    """
    if not records:
        return []
    width = max(map(len, records))
    header: list[str] = []
    for number in range(width):
        name = records[0][number] if number < len(records[0]) else ""
        header.append(name if name and name not in header else f"field {number + 1}")
    return [
        dict(zip(header, [*row, *[""] * (width - len(row))], strict=True)) for row in records[1:]
    ]
