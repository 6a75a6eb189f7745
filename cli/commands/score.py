"""``segment score``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import (
    NewFile,
    chosen_model,
    existing_registry,
    json_option,
    model_option,
    registry_option,
)
from cli.output import console, note, print_json, progress


@click.command
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.argument("output", type=NewFile())
@registry_option
@model_option
@click.option("--rejects", type=NewFile(), metavar="PATH", help="Where to write the rejected rows.")
@click.option("--report", type=NewFile(), metavar="OUT.json", help="Where to write the report.")
@json_option
def score(
    source: Path,
    output: Path,
    registry: str,
    version: str | None,
    rejects: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Score a CSV file of customers.

    OUTPUT is Parquet, or CSV when it ends in .csv. The engine is that of the score function.
    """
    from engine.files import score_file

    model = chosen_model(existing_registry(registry), version)
    size = source.stat().st_size
    with progress("Scoring") as tell:
        done = score_file(
            source,
            output,
            model,
            rejects=rejects,
            report=report,
            progress=lambda read, _: tell(read, size),
        )
    if as_json:
        print_json(done.to_dict())
        return
    from cli.tables.models import scored_table

    console().print(scored_table(done))
    rows = done.rows
    listed = ", ".join(f"{count:,} {reason}" for reason, count in done.reasons.items())
    note(
        f"{rows.read:,} rows read, {rows.scored:,} scored by {done.model_version} into {output}, "
        f"{rows.rejected:,} rejected" + (f" ({listed})" if listed else "")
    )
