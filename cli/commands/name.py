"""``segment models name``."""

from __future__ import annotations

import click

from cli.options import existing_registry, json_option, registry_option
from cli.output import note, print_json


@click.command
@click.argument("version")
@click.argument("segment_id", metavar="ID", type=click.IntRange(min=0))
@click.argument("name", required=False)
@click.option("--description", metavar="TEXT", help="Who they are.")
@click.option("--advice", metavar="TEXT", help="What to do for them.")
@registry_option
@json_option
def name(
    version: str,
    segment_id: int,
    name: str | None,
    description: str | None,
    advice: str | None,
    registry: str,
    as_json: bool,
) -> None:
    """Give segment ID of VERSION another NAME, description or advice, as a new version.

    What is published never changes. The new version serves once it is promoted; retrains keep its
    words. Its report lacks the pictures of customers, which only training has at hand.
    """
    if name is None and description is None and advice is None:
        raise click.UsageError("got nothing to change, expected NAME, --description or --advice")
    opened = existing_registry(registry)
    model = opened.load(version)

    from training.models.renaming import renamed
    from training.report import attach_report, html_report

    published = opened.publish(
        renamed(model, segment_id, name=name, description=description, advice=advice)
    )
    attach_report(opened, published.version, html_report(published))
    segment = published.by_id[segment_id]
    if as_json:
        print_json(
            {
                "version": published.version,
                "edited": version,
                "segment": {
                    "id": segment.id,
                    "name": segment.name,
                    "description": segment.description,
                    "advice": segment.advice,
                },
            }
        )
        return
    note(
        f'published {published.version}: {version} with segment {segment.id} "{segment.name}"; '
        f"segment models promote {published.version} lets it serve"
    )
