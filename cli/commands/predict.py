"""``segment predict``."""

from __future__ import annotations

import sys

import click

from cli.options import chosen_model, existing_registry, json_option, model_option, registry_option
from cli.output import print_json


@click.command
@registry_option
@model_option
@json_option
def predict(registry: str, version: str | None, as_json: bool) -> None:
    """Answer for one customer, read as JSON from stdin.

    Prints the body that POST /predictions of the API would answer, with or without --json.
    """
    from segmentation.answers import predict as answer

    model = chosen_model(existing_registry(registry), version)
    print_json(answer(model, sys.stdin.buffer.read()))
