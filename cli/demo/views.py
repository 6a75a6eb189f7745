"""What the demo shows, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentation.report import SegmentShare
from segmentation.spec import Spec

SHOWN = 5


def show_segments(console: Console, segments: Sequence[SegmentShare]) -> None:
    """A table of the report's segments, the largest first."""
    table = Table("Segment", "Customers", "Share", title="Segments of this upload")
    for column in table.columns[1:]:
        column.justify = "right"
    for one in sorted(segments, key=lambda one: -one.count):
        table.add_row(escape(one.name), f"{one.count:,}", f"{one.share:.1%}")
    console.print(table)


def show_labelled(console: Console, rows: Sequence[Mapping[str, Any]], spec: Spec) -> None:
    """The first labelled rows: who, the features, and the segment."""
    columns = [spec.id.name, *(f.name for f in spec.features), "segment_name", "distance"]
    table = Table(*columns, title=f"The first of {len(rows):,} labelled rows")
    for row in rows[:SHOWN]:
        table.add_row(*(escape(_text(row[name])) for name in columns))
    console.print(table)


def show_rejected(console: Console, rows: Sequence[Mapping[str, str]]) -> None:
    """The rejected rows and why."""
    table = Table("Row", "Reason", "What is wrong", title=f"{len(rows)} rejected rows")
    for row in rows[: 2 * SHOWN]:
        table.add_row(row["_row"], row["_reason"], escape(row["_detail"]))
    if len(rows) > 2 * SHOWN:
        table.add_row("...", "", f"and {len(rows) - 2 * SHOWN} more")
    console.print(table)


def show_prediction(console: Console, prediction: Mapping[str, Any]) -> None:
    """One customer's segment and what speaks for it."""
    segment, others = prediction["segment"], prediction["segments"]
    console.print(
        f"This customer is [bold]{escape(segment['name'])}[/]: {escape(segment['description'])}.\n"
        f"Advice: {escape(segment['advice'])}."
    )
    table = Table(
        "Feature",
        "Value",
        "Weight",
        title=f"Why not {others[1]['name']}, the next nearest?",
    )
    table.columns[2].justify = "right"
    # Parts for and against add up to more than the whole; as parts of all that was weighed they
    # are what a person expects.
    weighed = sum(abs(driver["contribution"]) for driver in prediction["drivers"])
    for driver in prediction["drivers"]:
        part = driver["contribution"] / weighed if weighed else 0.0
        table.add_row(escape(driver["feature"]), escape(_text(driver["value"])), _weight(part))
    console.print(table)


def _weight(part: float) -> str:
    amount = f"{abs(part):.0%}" if abs(part) >= 0.01 else "under 1%"
    return f"{amount} {'for it' if part >= 0 else 'against it'}"


def _text(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, float) else str(value)
