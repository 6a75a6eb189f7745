"""Drift for people: a table and a trend for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from cli.output import printable
from cli.tables.models import new_table
from cli.tables.operations import SHOWN, moment
from operations.drift import UploadDrift
from segmentation.drift import SEGMENTS, Index

HIGHEST = 0.5
"""What fills a bar; more is as bad."""

BLOCKS = "▁▂▃▄▅▆▇█"
UNTOLD = "·"


def drift_table(found: Sequence[UploadDrift]) -> Table:
    """List the latest uploads with what has moved most in each."""
    table = new_table("Drift, latest uploads last")
    for title in ("reported at", "upload"):
        table.add_column(title, overflow="fold")
    for title in ("rows", "model"):
        table.add_column(title, justify="right")
    for title in ("moved most", "PSI", "segments", "band"):
        table.add_column(title, justify="right" if title in ("PSI", "segments") else "left")
    for one in found[-SHOWN:]:
        name, index = one.strongest
        table.add_row(
            moment(one.reported_at),
            printable(one.upload),
            f"{one.rows:,}",
            printable(one.model_version),
            printable(name),
            _number(index),
            _number(one.indices[SEGMENTS]),
            index.band,
        )
    if len(found) > SHOWN:
        table.add_row("", f"and {len(found) - SHOWN:,} earlier (--json lists all)")
    return table


def drift_trend(found: Sequence[UploadDrift]) -> Table:
    """Draw each index over the latest uploads as a row of bars.

    A dot is an upload with too few rows to tell.
    """
    table = new_table(f"PSI from upload to upload (a full bar is {HIGHEST} or more)")
    for title in ("", "oldest to latest", "latest", "band", "drifted"):
        table.add_column(title, justify="right" if title in ("latest", "drifted") else "left")
    shown = found[-SHOWN:]
    for name in names_of(shown):
        series = [one.indices.get(name) for one in shown]
        told = [one for one in series if one is not None]
        moved = sum(one.has_drifted for one in told)
        table.add_row(
            printable(name),
            "".join(_block(one) for one in series),
            _number(told[-1]),
            told[-1].band,
            f"{moved:,} of {len(told):,}",
        )
    return table


def names_of(found: Sequence[UploadDrift]) -> list[str]:
    """Every name in the order in which it first comes."""
    return list(dict.fromkeys(name for one in found for name in one.indices))


def _number(index: Index) -> str:
    return "–" if index.psi is None else f"{index.psi:.3f}"


def _block(index: Index | None) -> str:
    if index is None or index.told is None:
        return UNTOLD
    return BLOCKS[min(int(min(index.told, HIGHEST) / HIGHEST * len(BLOCKS)), len(BLOCKS) - 1)]
