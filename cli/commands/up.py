"""``segment up``: the whole system on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from cli.options import json_option

DEFAULT_PORT = 8700


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65534),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the AWS endpoint; the HTTP API takes the next one. 0: any two free ports.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where env.sh, env.json and the logs go; default: .local, of the project or here.",
)
@json_option
def up(port: int, folder: Path | None, as_json: bool) -> None:
    """Run the system of template.yaml on this machine until Ctrl-C.

    Buckets, queue and functions are made from template.yaml in a server that plays AWS (moto).
    A file dropped into the uploads bucket is scored by the real score function, and the HTTP API
    calls the real predict function. Everything is in memory and listens on 127.0.0.1 only.
    """
    from cli.local_system import run
    from infra.local import LocalStackError
    from infra.local.stack import DEFAULT_FOLDER

    try:
        run(port, (folder or DEFAULT_FOLDER).absolute(), as_json)
    except LocalStackError as exc:
        raise click.ClickException(str(exc)) from exc
