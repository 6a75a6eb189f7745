"""``segment fit``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import (
    NewFile,
    json_option,
    registry_option,
    s3_client,
    user_name,
    writable_registry,
)
from cli.output import console, note, print_json, steps
from cli.summary import summary
from segmentation.errors import DocumentError, RegistryError
from segmentation.model import Model
from segmentation.registry import Registry
from training.errors import PromotionRefused
from training.specs.files import DEFAULT, load_spec, shipped_specs


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
    # What can be wrong with the call is found before the long work.
    spec = load_spec(spec_name)
    models = writable_registry(registry)
    champion = None if fresh_ids else _champion(models)

    from training.clustering.starts import Starts
    from training.clustering.sweep import Options
    from training.data.reading import read_customers
    from training.job import train
    from training.models.matching import highest_id_given, succeed, with_fresh_ids
    from training.models.promotion import promote as promote_version
    from training.report import attach_report, html_report
    from training.report.pictures import draw

    options = Options(
        k=k,
        largest_k=k_max,
        starts=Starts.exactly(starts) if starts else Starts(),
        seed=seed,
        references=gap_references,
        bootstraps=bootstraps,
    )
    with steps() as tell:
        tell(f"Reading {data}", 0, None)
        dataset = read_customers(data, spec, s3_client)
        trained = train(dataset, options, on_progress=tell)
    highest_id = highest_id_given(models)
    model = models.publish(
        with_fresh_ids(trained, highest_id)
        if fresh_ids
        else succeed(trained, dataset, champion, highest_id)
    )
    html = html_report(model, draw(model, dataset))
    attach_report(models, model.version, html)
    refused: PromotionRefused | None = None
    if promote:
        try:
            promote_version(models, model.version, by=user_name(), why="segment fit --promote")
        except PromotionRefused as exc:
            refused = exc
    if report is not None:
        report.write_text(html, encoding="utf-8")
    if as_json:
        print_json({**summary(model), "promoted": promote and refused is None})
    else:
        from cli.tables.models import show_model

        show_model(console(), model)
        note(f"published {model.version} in {models.address}")
        if promote and refused is None:
            note(f"{model.version} serves now")
    if refused is not None:
        raise refused


def _champion(registry: Registry) -> Model | None:
    """Load the model whose segments keep their ids; None before the first promotion."""
    version = registry.champion().version
    if version is None:
        return None
    try:
        return registry.load(version)
    except DocumentError as exc:
        raise RegistryError(
            f"{registry.address}: the champion {version} is damaged ({exc}), so its segment ids "
            "cannot be kept; --fresh-ids goes on without them"
        ) from exc
