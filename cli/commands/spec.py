"""``segment spec``: write a first spec, and check one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cli.options import NewFile, json_option, s3_client
from cli.output import console, counted, note, print_json, printable
from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.numeric import Bounds, NumericFeature
from segmentation.spec import Spec
from training.errors import TrainingRefused
from training.specs.files import load_spec


@click.group
def spec() -> None:
    """Say what a customer is: write a first spec from a file, check one."""


@spec.command
@click.argument("data")
@click.argument("out", type=NewFile(), metavar="[OUT.toml]", required=False)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
def init(data: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Write a first spec from customers, for a person to edit.

    Finds the id, numbers and categories, bounds and typical ranges among the first 100,000 rows of
    DATA (CSV or Parquet). Without OUT.toml the spec is called after DATA.
    """
    from training.data.inspection import look_at
    from training.specs.draft import first_spec, identifier

    stem = (out or Path(data.rstrip("/").rpartition("/")[2])).name.partition(".")[0]
    target = out or Path(f"{identifier(stem)}.toml")
    if target.exists() and not force:
        raise click.UsageError(f'"{target}" is there already: --force replaces it')
    columns, rows = look_at(data, s3_client)
    written = first_spec(identifier(stem), columns, rows, data)
    target.write_text(written, encoding="utf-8")
    if as_json:
        print_json(
            {
                "path": str(target),
                "rows": rows,
                "columns": [
                    {"header": one.header, "kind": one.kind, "why": one.why, "wrong": one.wrong}
                    for one in columns
                ],
            }
        )
        return
    for one in columns:
        note(f"  {printable(one.header) or '(no header)'}: {one.why or one.kind}")
    note(f"{target} from {counted(rows, 'row')}; edit it, then: segment spec check {target}")


@spec.command
@click.argument("name_or_path")
@click.option("--data", metavar="DATA", help="Customers, to see what the spec makes of them.")
@json_option
def check(name_or_path: str, data: str | None, as_json: bool) -> None:
    """Check a spec: one that the project ships, or a TOML file.

    With --data also what training would make of these customers: how many rows can be used, which
    features never vary or have no spread.
    """
    loaded = load_spec(name_or_path)
    found = None
    if data is not None:
        from training.data.reading import read_customers
        from training.specs.check import check as check_customers

        found = check_customers(read_customers(data, loaded, s3_client))
    if as_json:
        if found is None or not found.problems:
            print_json({"spec": loaded.to_dict(), "data": None if found is None else asdict(found)})
    else:
        _show(loaded)
        if found is not None:
            dropped = ", ".join(f"{count:,} {reason}" for reason, count in found.dropped.items())
            note(
                f"{counted(found.rows, 'usable customer')} in {data}; dropped: {dropped or 'none'}"
            )
            if found.left_out:
                note(f"{counted(found.left_out, 'outlier')} would take no part in the fit")
            for warning in found.warnings:
                note(f"warning: {warning}")
    if found is not None and found.problems:
        raise TrainingRefused(f"{data}: {'; '.join(found.problems)}")


def _show(loaded: Spec) -> None:
    from cli.tables.models import new_table

    table = new_table(f"{loaded.title} ({loaded.name}), id {loaded.id.title}")
    for title in ("feature", "found as", "kind", "valid", "typical", "scaling", "weight"):
        table.add_column(title, overflow="fold")
    for feature in loaded.features:
        others = dict.fromkeys((feature.names.title, *feature.names.aliases))
        table.add_row(feature.name, ", ".join(others), *_facts(feature), f"{feature.weight:g}")
    console().print(table)
    base = " - ".join(f"Low/High {word.word}" for word in loaded.naming.base)
    prefixes = "".join(f"{one.low}/{one.high} " for one in loaded.naming.prefixes)
    note(f"segments are named {prefixes}{base}, with {len(loaded.naming.texts)} texts of their own")


def _facts(feature: Feature) -> tuple[str, str, str, str]:
    if isinstance(feature, CategoricalFeature):
        names = ", ".join(category.name for category in feature.categories)
        return feature.encoding.replace("_", "-"), names, "", ""
    assert isinstance(feature, NumericFeature)  # noqa: S101  there are two kinds
    transform = "" if feature.transform == "none" else f"{feature.transform}, "
    return (
        f"number, {feature.unit}" if feature.unit else "number",
        _stated(feature.valid),
        _stated(feature.typical),
        transform + feature.scaling,
    )


def _stated(bounds: Bounds) -> str:
    return "any" if bounds == Bounds(None, None) else bounds.stated
