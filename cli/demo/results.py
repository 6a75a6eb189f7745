"""The outputs of the demo's upload, fetched from the results bucket into its folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from infra.local.session import local_session
from infra.local.stack import NO_PROXIES
from segmentation.report import Report, readable


class Results:
    """Reads the three outputs of one upload.

    Parameters
    ----------
    stack : Mapping
        What ``segment up --json`` printed.
    key : str
        The upload's key.
    folder : Path
        Where a copy of each output is kept for the user.
    """

    def __init__(self, stack: Mapping[str, Any], key: str, folder: Path) -> None:
        session = local_session(stack["environment"]["AWS_REGION"])
        self._s3 = session.client("s3", endpoint_url=stack["endpoint_url"], config=NO_PROXIES)
        self._bucket = stack["results_bucket"]
        self._key = key
        self._folder = folder

    def report(self) -> Report | None:
        """The report, or None while there is none that can be read."""
        try:
            body = self._fetch(f"reports/{self._key}.json", "report.json")
        except self._s3.exceptions.NoSuchKey:
            return None
        return readable(body)

    def labelled(self) -> list[dict[str, Any]]:
        """Every labelled row."""
        body = self._fetch(f"scored/{self._key}.parquet", "labelled.parquet")
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(body)).to_pylist()
        return rows

    def rejected(self, delimiter: str) -> list[dict[str, str]]:
        """Every rejected row."""
        text = self._fetch(f"rejected/{self._key}.csv", "rejected.csv").decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))

    def _fetch(self, key: str, name: str) -> bytes:
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        (self._folder / name).write_bytes(body)
        return body
