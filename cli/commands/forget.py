"""``segment forget``."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from cli.addresses import RESULTS, UPLOADS, existing_bucket, place_option, s3_for_many, stack_option
from cli.options import json_option
from cli.output import console, counted, note, print_json, printable, progress
from operations.errors import OperationRefused

if TYPE_CHECKING:
    from operations.erasure import Footprint, Held

_NOUNS = ("version", "delete_marker", "unfinished_upload")


@click.command
@click.argument("key")
@place_option("--uploads", UPLOADS)
@place_option("--results", RESULTS)
@stack_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@click.option(
    "--no-wait", is_flag=True, help="Do not wait for deliveries that may be under way; see above."
)
@json_option
def forget(
    key: str,
    uploads: str,
    results: str,
    yes: bool,
    dry_run: bool,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Remove an upload and its outputs for good, in all versions.

    For requests of erasure: nothing brings back what this removes. KEY is the upload's name in the
    uploads bucket. It can be repeated if it breaks off.

    Where the upload changed in the last 16 minutes or was not scored yet, a delivery may be under
    way that still writes outputs. Then everything is removed at once, and looked at again when no
    such delivery can be left, 16 minutes later.
    """
    from operations.erasure import footprint
    from operations.erasure import forget as forget_found

    _refuse_what_is_no_text(key)
    if not (yes or dry_run) and (as_json or not _somebody_is_there()):
        raise click.UsageError("nobody can be asked here: give --yes or --dry-run")
    s3 = s3_for_many()
    uploads = existing_bucket(s3, UPLOADS, uploads)
    found = footprint(s3, uploads, existing_bucket(s3, RESULTS, results), key, datetime.now(UTC))
    if found.empty and not dry_run:
        raise OperationRefused(
            f'got "{key}", found nothing of it in s3://{uploads} and s3://{results}, not even an '
            "old version; nothing was removed"
        )
    if not as_json:
        _show(found)
    if dry_run:
        _tell(key, found, found.everything, as_json, dry_run=True, settled=found.settled)
        return
    if not yes and not click.confirm("Remove all of this for good?", err=True):
        raise OperationRefused("nothing was removed")
    removed = forget_found(s3, found, (lambda _: None) if no_wait else _wait_until)
    settled = found.settled or not no_wait
    _tell(key, found, removed, as_json, dry_run=False, settled=settled)


def _refuse_what_is_no_text(key: str) -> None:
    try:
        key.encode()
    except UnicodeEncodeError as exc:
        raise click.UsageError(f"KEY: got {key!r}, expected UTF-8") from exc


def _somebody_is_there() -> bool:
    return sys.stdin.isatty()


def _show(found: Footprint) -> None:
    from cli.tables.operations import held_table

    shown = [_facts(held) for held in found.everything if not held.empty]
    if shown:
        places = f"s3://{found.upload.bucket} and s3://{found.outputs[0].bucket}"
        console().print(held_table(shown, places))


def _wait_until(end: datetime) -> None:
    """Wait for deliveries that may be under way; Ctrl-C loses nothing that is removed already."""
    seconds = (end - datetime.now(UTC)).total_seconds()
    if seconds <= 0:
        return
    note(
        f"Everything found is removed. A delivery may be under way: looking again at "
        f"{end.astimezone():%H:%M:%S}"
    )
    with progress("Waiting") as tell:
        begin = time.monotonic()
        while (waited := time.monotonic() - begin) < seconds:
            tell(int(waited), int(seconds))
            time.sleep(min(1.0, seconds - waited))


def _facts(held: Held) -> dict[str, Any]:
    return {
        "bucket": held.bucket,
        "key": held.key,
        "versions": len(held.versions),
        "delete_markers": len(held.markers),
        "unfinished_uploads": len(held.unfinished),
        "bytes": held.size,
    }


def _tell(
    key: str,
    found: Footprint,
    removed: Iterable[Held],
    as_json: bool,
    *,
    dry_run: bool,
    settled: bool,
) -> None:
    facts = [_facts(held) for held in removed]
    names = (*(f"{noun}s" for noun in _NOUNS), "bytes")
    totals = {name: sum(one[name] for one in facts) for name in names}
    if as_json:
        print_json({"key": key, "dry_run": dry_run, **totals, "settled": settled, "objects": facts})
        return
    if found.empty:
        note(f"nothing of {printable(key)} is in either bucket, not even an old version")
        return
    done = "would be removed" if dry_run else "removed" + (", nothing is left" if settled else "")
    note(f"{_counted(totals)} {done}")
    if not settled:
        note(
            "a delivery may be under way that still writes outputs"
            + (
                ": it would take 16 minutes to be sure"
                if dry_run
                else f"; look again in 16 minutes: segment forget {quote(printable(key))} --dry-run"
            )
        )


def _counted(totals: Mapping[str, int]) -> str:
    return ", ".join(counted(totals[f"{noun}s"], noun.replace("_", " ")) for noun in _NOUNS)
