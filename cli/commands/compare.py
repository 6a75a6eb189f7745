"""``segment models compare``."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import existing_registry, json_option, registry_option, s3_client
from cli.output import console, note, print_json
from segmentation.errors import SegmentationError
from segmentation.model import Model
from training.data.dataset import Dataset


@click.command
@click.argument("a")
@click.argument("b")
@click.option(
    "--data",
    metavar="DATA",
    help="Customers whom both versions place: a file, folder or s3:// address. Default: those that "
    "B was trained on, where they still are.",
)
@registry_option
@json_option
def compare(a: str, b: str, data: str | None, registry: str, as_json: bool) -> None:
    """Compare two versions before B serves instead of A.

    Shows what the gate would say, who would move from which segment to which, and how quality and
    the reading of customers differ.
    """
    opened = existing_registry(registry)
    before, after = opened.load(a), opened.load(b)

    from training.data.reading import read_customers
    from training.models.comparison import compare as compare_models
    from training.models.matching import same_space

    dataset = None
    if data is not None:
        dataset = read_customers(data, after.spec, s3_client)
    elif same_space(before.spec, after.spec):
        dataset = _training_customers(after)
    found = compare_models(before, after, dataset)
    if as_json:
        print_json(found.to_dict())
        return
    from cli.tables.comparison import show_comparison

    show_comparison(console(), found)
    if found.migration is None:
        note("no customers to place by both versions: --data FILE shows who would move")


def _training_customers(model: Model) -> Dataset | None:
    """Read the customers of a model again, if its file is on this machine and unchanged."""
    from training.data.reading import read_customers

    address = model.training.address
    if address is None or "://" in address or not Path(address).exists():
        return None
    try:
        dataset = read_customers(address, model.spec, s3_client)
    except SegmentationError:  # the file is another one by now
        return None
    return dataset if dataset.sha256 == model.training.sha256 else None
