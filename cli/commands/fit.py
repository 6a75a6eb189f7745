"""``segment fit``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import (
    NewFile,
    json_option,
    registry_option,
    s3_client,
    writable_registry,
)
from cli.output import console, note, print_json, steps
from cli.summary import summary
from training.specs.files import DEFAULT, load_spec, shipped_specs
from training.user import user_name


class KType(click.ParamType[int | None]):
    """``auto``, or the number of segments."""

    name = "N|auto"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        """Read the option; None stands for auto."""
        text = str(value)
        if text == "auto":
            return None
        if not (text.isascii() and text.isdecimal()) or int(text) < 2:
            self.fail(f'got "{text}", expected "auto" or a whole number of at least 2', param, ctx)
        return int(text)


@click.command
@click.argument("data")
@click.option(
    "--spec",
    "spec_name",
    default=DEFAULT,
    show_default=True,
    metavar="NAME_OR_PATH",
    help=f"What a customer is: {', '.join(shipped_specs())}, or a TOML file.",
)
@click.option(
    "--k",
    type=KType(),
    default="auto",
    show_default=True,
    help="Number of segments; auto: the highest silhouette of all that are tried.",
)
@click.option(
    "--k-max",
    type=click.IntRange(2, 50),
    default=9,
    show_default=True,
    metavar="N",
    help="Try and show every number of segments up to this one.",
)
@click.option(
    "--starts",
    type=click.IntRange(min=1),
    help="Start k-means exactly N times; default: until the best result came from 10 starts, at "
    "least 100, at most 2,000 or 20 seconds for each k.",
)
@click.option(
    "--gap-references",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="B",
    help="Sets of rows without clusters for the gap statistic; 0: leave it out.",
)
@click.option(
    "--bootstraps",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="B",
    help="Bootstraps for the stability of segments; 0: leave it out.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=42, show_default=True, metavar="N"
)
@click.option(
    "--fresh-ids",
    "--no-match",
    is_flag=True,
    help="Give all segments new ids; default: what is a segment of the champion keeps its id, name "
    "and advice.",
)
@registry_option
@click.option("--promote", is_flag=True, help="Let the new version serve, if it passes the gate.")
@click.option(
    "--report",
    type=NewFile(),
    metavar="OUT.html",
    help="Write the report for people, which is published beside the model too.",
)
@json_option
def fit(  # noqa: PLR0913, PLR0917  one parameter for each option
    data: str,
    spec_name: str,
    k: int | None,
    k_max: int,
    starts: int | None,
    gap_references: int,
    bootstraps: int,
    seed: int,
    fresh_ids: bool,
    registry: str,
    promote: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Train a model on customers and publish it.

    DATA is a CSV or Parquet file, a folder of them, or either as s3://bucket/key. Rows that
    scoring would reject are dropped and counted, and so are repeated ids.
    """
    # What can be wrong with the call is found before training's libraries are loaded.
    spec = load_spec(spec_name)
    models = writable_registry(registry)

    from training.clustering.starts import Starts
    from training.clustering.sweep import Options
    from training.fit import fit as train_and_publish

    options = Options(
        k=k,
        largest_k=k_max,
        starts=Starts.exactly(starts) if starts else Starts(),
        seed=seed,
        references=gap_references,
        bootstraps=bootstraps,
    )
    with steps() as tell:
        fitted = train_and_publish(
            data,
            spec,
            options,
            models,
            s3_client,
            fresh_ids=fresh_ids,
            promote_by=user_name() if promote else None,
            tell=tell,
        )
    if report is not None:
        report.write_text(fitted.report, encoding="utf-8")
    if as_json:
        print_json({**summary(fitted.model), "promoted": fitted.serves})
    else:
        from cli.tables.models import show_model

        show_model(console(), fitted.model)
        note(f"published {fitted.model.version} in {models.address}")
        if fitted.serves:
            note(f"{fitted.model.version} serves now")
    if fitted.refusal is not None:
        raise fitted.refusal
