"""The files of customers to measure with, which stay in a folder for the next time."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.process import run_module


def file_name(rows: int, bad: float = 0.0, *, extra: bool = False) -> str:
    """A name for each content.

    Examples
    --------
    >>> file_name(1_000), file_name(1_000, 0.01, extra=True)
    ('mall-1000-0.csv', 'wide-1000-0.01.csv')
    """
    return f"{'wide' if extra else 'mall'}-{rows}-{bad:g}.csv"


def generated(folder: Path, rows: int, bad: float = 0.0, *, extra: bool = False) -> Path:
    """The file of `benchmarks.scoring.data` with these customers, made if it is not there yet."""
    path = folder / "data" / file_name(rows, bad, extra=extra)
    if not path.exists():
        click.echo(f"generating {path.name}", err=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        options = ["--rows", rows, "--bad", bad, *(["--extra"] if extra else [])]
        run_module("benchmarks.scoring.data", path, *options)
    return path
