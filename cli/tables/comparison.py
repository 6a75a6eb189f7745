"""Two versions side by side, for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.tables.models import new_table
from training.models.comparison import Comparison, Migration


def show_comparison(out: Console, found: Comparison) -> None:
    """Print the verdict, then what it rests on."""
    out.print(Text(found.verdict, "yellow" if found.refusals else "green"))
    if len(found.refusals) > 1:
        for reason in found.refusals:
            out.print(f"  refused: {reason}")
    out.print()
    out.print(segments_table(found))
    if found.migration is not None:
        out.print(migration_table(found.migration, found))
    out.print(metrics_table(found))
    for change in found.schema:
        out.print(f"  changed: {change}")


def segments_table(found: Comparison) -> Table:
    """List every id with its name and share in both versions."""
    table = new_table("Segments")
    table.add_column("id", justify="right")
    table.add_column(f"in {found.a}", overflow="fold")
    table.add_column("share", justify="right")
    table.add_column(f"in {found.b}", overflow="fold")
    table.add_column("share", justify="right")
    for one in found.segments:
        same = one.name_a == one.name_b
        table.add_row(
            str(one.id),
            one.name_a or "–",
            _share(one.share_a),
            "the same" if same else one.name_b or "gone",
            _share(one.share_b),
            style="" if same else "bold",
        )
    return table


def migration_table(found: Migration, comparison: Comparison) -> Table:
    """Tell how many customers move from which segment (line) to which (column)."""
    table = new_table(
        f"Where the {found.rows:,} customers of {found.address} move, from {comparison.a} (lines) "
        f"to {comparison.b} (columns)"
    )
    table.add_column("", justify="right")
    for id_b in found.ids_b:
        table.add_column(str(id_b), justify="right")
    table.add_column("keep their segment", justify="right")
    for id_a, line in zip(found.ids_a, found.table, strict=True):
        stayed = sum(count for id_b, count in zip(found.ids_b, line, strict=True) if id_b == id_a)
        table.add_row(
            str(id_a),
            *(
                Text(f"{count:,}" if count else "·", "bold" if id_b == id_a else "")
                for id_b, count in zip(found.ids_b, line, strict=True)
            ),
            f"{stayed / sum(line):.1%}" if sum(line) else "–",
        )
    return table


def metrics_table(found: Comparison) -> Table:
    """List the figures of quality in both versions."""
    table = new_table("Quality")
    table.add_column("")
    for title in (found.a, found.b, "difference"):
        table.add_column(title, justify="right")
    for one in found.metrics:
        if one.a is not None or one.b is not None:
            table.add_row(
                one.name.replace("_", " "),
                _number(one.a),
                _number(one.b),
                _number(one.difference, sign="+"),
            )
    return table


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _number(value: float | None, sign: str = "") -> str:
    if value is None:
        return "–"
    whole = abs(value) >= 1_000 or value.is_integer()
    return f"{value:{sign},.0f}" if whole else f"{value:{sign},.4f}"
