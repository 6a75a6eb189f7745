"""Tables of the deployed system for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table

from cli.output import printable
from cli.tables.models import new_table

if TYPE_CHECKING:
    from operations.rescore import Failure

SHOWN = 50
"""Rows of a table that may be endless; --json gives all."""

GAPS = {
    "no_report": "no report",
    "other_model": "another model scored",
    "other_upload": "the report is of an earlier upload",
    "other_outputs": "outputs changed or removed since the report",
    "other_request": "the report does not tell of the last rescore",
}


def missing_table(missing: Sequence[Mapping[str, Any]]) -> Table:
    """List uploads to score again, the first of them, with the reason where one was looked for."""
    table = new_table("Uploads to score again")
    for title in ("upload", "why", "dropped at"):
        table.add_column(title, overflow="fold")
    table.add_column("bytes", justify="right")
    for one in missing[:SHOWN]:
        table.add_row(
            printable(one["key"]),
            GAPS.get(one["reason"], ""),
            one["changed_at"],
            f"{one['bytes']:,}",
        )
    if len(missing) > SHOWN:
        table.add_row(f"and {len(missing) - SHOWN:,} more (--json lists all)")
    return table


def failure_table(failures: Iterable[Failure]) -> Table:
    """List uploads that a run gave up, the first of them."""
    table = new_table("Given up")
    for title in ("upload", "error", "why"):
        table.add_column(title, overflow="fold")
    for one in failures:
        table.add_row(printable(one.key), printable(one.error), printable(one.cause))
    return table


def held_table(objects: Iterable[Mapping[str, Any]], places: str) -> Table:
    """List what buckets hold of one upload."""
    table = new_table(f"All versions in {places}")
    table.add_column("object", overflow="fold")
    for title in ("versions", "delete markers", "unfinished uploads", "bytes"):
        table.add_column(title, justify="right")
    for one in objects:
        table.add_row(
            printable(one["key"]),
            *(
                f"{one[name]:,}"
                for name in ("versions", "delete_markers", "unfinished_uploads", "bytes")
            ),
        )
    return table


def letter_table(letters: Sequence[Mapping[str, Any]]) -> Table:
    """List dead letters: a row for each upload that one names."""
    table = new_table("Waiting in the dead-letter queue")
    table.add_column("sent at", no_wrap=True)
    table.add_column("received", justify="right")
    for title in ("upload", "why"):
        table.add_column(title, overflow="fold")
    for letter in letters[:SHOWN]:
        for named in letter["uploads"]:
            table.add_row(
                letter["sent_at"],
                f"{letter['received']:,}",
                printable(named["key"] or "–"),
                printable(named["detail"]),
            )
    if len(letters) > SHOWN:
        table.add_row("", "", f"and {len(letters) - SHOWN:,} more (--json lists all)")
    return table


def moment(time: datetime) -> str:
    """Show a time to the second, in UTC.

    Examples
    --------
    >>> moment(datetime(2026, 11, 23, 9, 5, 7, 900, UTC))
    '2026-11-23T09:05:07Z'
    """
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
