"""Scoring files on this machine, with the same engine as the function."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from engine.csv_sink import CsvSink
from engine.report import lineage, refused_report, scored_report
from engine.score import score_stream
from engine.sinks import ParquetSink, RowSink
from engine.tally import Tally
from engine.text import CountedSource
from segmentation.errors import UploadRefused
from segmentation.model import Model
from segmentation.report import Report


def score_file(
    source: Path,
    output: Path,
    model: Model,
    *,
    rejects: Path | None = None,
    report: Path | None = None,
    progress: Callable[[int, Tally], None] = lambda _read, _tally: None,
) -> Report:
    """Score one CSV file.

    Parameters
    ----------
    source
        The CSV file.
    output
        Labelled customers: CSV where the name ends in ``.csv``, else Parquet.
    model
        Scores the customers.
    rejects, report
        Where to write the rejected rows and the report, if anywhere.
    progress
        Told the bytes read and the counts so far.

    Returns
    -------
    report
        As written to `report`.

    Raises
    ------
    UploadRefused
        The file as a whole cannot be scored; only the report is written.
    OSError
        A file cannot be read or written; no output is left half-written.
    """
    begun = time.perf_counter()
    with source.open("rb") as file:
        upload = CountedSource(file)
        try:
            with _replacing(output) as out, _replacing(rejects) as bad:
                sink: RowSink = (
                    CsvSink(out) if output.suffix.lower() == ".csv" else ParquetSink(out)
                )
                scored = score_stream(
                    upload,
                    model,
                    sink,
                    bad,
                    lineage=lineage(model, source=str(source)),
                    check=lambda tally: progress(upload.count, tally),
                )
            seconds = time.perf_counter() - begun
            document = scored_report(scored, upload.count, seconds)
        except UploadRefused as exc:
            document = refused_report(exc, model, upload.count, time.perf_counter() - begun)
            _write_report(report, document)
            raise
    _write_report(report, document)
    return document


def _write_report(path: Path | None, document: Report) -> None:
    if path is not None:
        with _replacing(path) as file:
            file.write(document.to_json())


@contextlib.contextmanager
def _replacing(path: Path | None) -> Iterator[BinaryIO]:
    """Open a file that takes its place only when it is complete; None throws the bytes away."""
    if path is None:
        with open(os.devnull, "wb") as nothing:  # noqa: PTH123  it is no path of ours
            yield nothing
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
