"""``segment drift``."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.addresses import RESULTS, existing_bucket, place_option, s3_for_many, stack_option
from cli.options import NewFile, json_option
from cli.output import console, counted, note, print_json, printable, progress
from cli.times import Since

if TYPE_CHECKING:
    from operations.drift import UploadDrift


class Picture(NewFile):
    """A file for a picture: its name says which kind."""

    name = "OUT.svg|OUT.html"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Read the path."""
        path = super().convert(value, param, ctx)
        if path.suffix.lower() not in (".svg", ".html"):
            self.fail(f'got "{path.name}", expected a name that ends in .svg or .html', param, ctx)
        return path


@click.command
@click.argument("prefix", default="")
@click.option("--since", type=Since(), help=f"Only reports written since. {Since.__doc__}")
@click.option(
    "--plot",
    type=Picture(),
    metavar=Picture.name,
    help="Draw the indices over time to a file; .html has the table too.",
)
@place_option("--results", RESULTS)
@stack_option
@json_option
def drift(
    prefix: str, since: datetime | None, plot: Path | None, results: str, as_json: bool
) -> None:
    """Show how far customers have moved from those of the training.

    PREFIX is the beginning of the uploads' keys; without it, all. The figure is the population
    stability index (PSI), for each feature and for the shares of the segments: below 0.1 none, to
    0.25 moderate, above large. On few rows it is large by chance alone; then no band is given.
    """
    from operations.drift import past_drift

    s3 = s3_for_many()
    found: list[UploadDrift] = []
    without = 0
    with progress("Reading reports") as tell:
        for one in past_drift(s3, existing_bucket(s3, RESULTS, results), prefix, since):
            without += one is None
            if one is not None:
                found.append(one)
            tell(len(found) + without, None)
    found.sort(key=lambda one: (one.reported_at, one.upload))
    if plot is not None:
        from cli.tables.drift_file import drift_file

        plot.write_text(drift_file(found, plot.suffix.lower()), encoding="utf-8")
    if as_json:
        print_json(
            {
                "results_bucket": results,
                "prefix": prefix,
                "reports": [_facts(one) for one in found],
                "without_drift": without,
                "drifted": dict(_drifted(found)),
            }
        )
        return
    if found:
        from cli.tables.drift import drift_table, drift_trend

        console().print(drift_table(found))
        console().print(drift_trend(found))
    moved = sum(any(one.has_drifted for one in each.indices.values()) for each in found)
    note(
        f"{counted(len(found), 'report')} in s3://{results}/reports/{printable(prefix)}: "
        f"{moved:,} with drift, {without:,} more of uploads without a scored row"
    )
    if plot is not None:
        note(f"Drawn to {plot}")


def _facts(one: UploadDrift) -> dict[str, Any]:
    return {
        "upload": one.upload,
        "reported_at": one.reported_at.isoformat(),
        "rows": one.rows,
        "model_version": one.model_version,
        "indices": {name: asdict(index) for name, index in one.indices.items()},
    }


def _drifted(found: list[UploadDrift]) -> Counter[str]:
    return Counter(name for each in found for name, one in each.indices.items() if one.has_drifted)
