"""``segment models``: the registry, worked by hand."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli.addresses import DEAD_LETTERS, sqs_client
from cli.commands.compare import compare
from cli.commands.name import name
from cli.options import chosen_model, existing_registry, json_option, registry_option
from cli.output import console, counted, note, print_json, printable
from cli.summary import summary
from segmentation.errors import DocumentError, SegmentationError
from segmentation.model import Model
from segmentation.registry import Alias, Move, Registry
from training.user import user_name

by_option = click.option(
    "--by", default=user_name, show_default="the user's name", help="Who decided it."
)
why_option = click.option("--why", default="", metavar="TEXT", help="The reason, for the history.")


@click.group
def models() -> None:
    """Work the registry: list, compare, promote, roll back, name."""


models.add_command(compare)
models.add_command(name)


@models.command(name="list")
@registry_option
@json_option
def list_(registry: str, as_json: bool) -> None:
    """List all versions, oldest first."""
    opened = existing_registry(registry)
    champion = opened.champion().version
    versions = {version: _read(opened, version) for version in opened.versions()}
    if as_json:
        rows = [
            {"version": version, "champion": version == champion, **_facts(model)}
            for version, model in versions.items()
        ]
        print_json({"registry": opened.address, "champion": champion, "versions": rows})
        return
    from cli.tables.models import version_table

    if versions:
        console().print(version_table(versions, champion))
    else:
        note(f"{opened.address} holds no version yet")


@models.command
@click.argument("version", required=False)
@registry_option
@json_option
def show(version: str | None, registry: str, as_json: bool) -> None:
    """Show a version (default: the champion): quality, segments and where it comes from."""
    opened = existing_registry(registry)
    model = chosen_model(opened, version)
    alias = opened.champion().alias
    if as_json:
        serves = alias is not None and alias.version == model.version
        print_json({**summary(model), "champion": serves})
        return
    from cli.tables.models import show_model

    show_model(console(), model)
    for move in alias.history if alias else ():
        if model.version in (move.version, move.previous):
            note(_told(move))


@models.command
@click.argument("version")
@registry_option
@by_option
@why_option
@click.option("--force", is_flag=True, help="Promote whatever the gate says.")
@click.option(
    "--dlq",
    envvar=DEAD_LETTERS.variable,
    show_envvar=True,
    metavar=DEAD_LETTERS.metavar,
    help="The dead-letter queue, to say how many messages wait there.",
)
@json_option
def promote(
    version: str, registry: str, by: str, why: str, force: bool, dlq: str | None, as_json: bool
) -> None:
    """Let a version serve, if it passes the gate.

    The gate refuses what would break callers: changed features, segment ids that are gone or mean
    another segment, a silhouette or stability far below the champion's, a segment with under 1 %
    of the customers.
    """
    from training.models.promotion import promote as promote_version

    opened = existing_registry(registry)
    alias = promote_version(opened, version, by=by, why=why, force=force)
    _tell(alias, as_json, dead_letters=_dead_letters(dlq) if dlq else None)


@models.command
@registry_option
@by_option
@why_option
@json_option
def rollback(registry: str, by: str, why: str, as_json: bool) -> None:
    """Let the version serve again that served before the champion was promoted."""
    _tell(existing_registry(registry).rollback(by=by, why=why), as_json)


@models.command
@registry_option
@json_option
def history(registry: str, as_json: bool) -> None:
    """Tell what served when, who decided it and why, oldest first."""
    opened = existing_registry(registry)
    alias = opened.champion().alias
    moves = alias.history if alias else ()
    if as_json:
        champion = alias.version if alias else None
        print_json({"champion": champion, "history": [asdict(move) for move in moves]})
        return
    for move in moves:
        click.echo(printable(_told(move)))
    if not moves:
        note(f"nothing was promoted in {opened.address} yet")


def _dead_letters(url: str) -> int | None:
    """Count the uploads that waited in vain, maybe for this model; None where that fails."""
    from botocore.exceptions import BotoCoreError

    from operations.queues import waiting

    try:
        return waiting(sqs_client(), url)
    except (SegmentationError, BotoCoreError) as exc:  # the promotion is done, whatever this is
        note(f"the dead-letter queue could not be looked at: {exc}")
        return None


def _read(registry: Registry, version: str) -> Model | DocumentError:
    try:
        return registry.load(version)
    except DocumentError as exc:  # one damaged version does not hide the others
        return exc


def _facts(model: Model | DocumentError) -> dict[str, object]:
    if isinstance(model, DocumentError):
        return {"error": str(model)}
    return {
        "created_at": model.created_at,
        "spec": model.spec.name,
        "k": model.k,
        "inertia": model.metrics.inertia,
        "silhouette": model.metrics.silhouette,
        "rows": model.training.rows,
        "address": model.training.address,
    }


def _tell(alias: Alias, as_json: bool, dead_letters: int | None = None) -> None:
    move = alias.history[-1]
    known = {} if dead_letters is None else {"dead_letters": dead_letters}
    if as_json:
        print_json(asdict(move) | known)
        return
    note(_told(move))
    if known:
        note(
            f"{counted(dead_letters or 0, 'message')} in the dead-letter queue"
            + (": segment dlq redrive sends them back" if dead_letters else "")
        )


def _told(move: Move) -> str:
    instead = f" instead of {move.previous}" if move.previous else ""
    why = f": {move.why}" if move.why else ""
    return f"{move.at} {move.action}: {move.version} serves{instead}, by {move.by}{why}"
