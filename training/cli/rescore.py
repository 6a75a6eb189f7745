"""``segment rescore``."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from training.cli.console import console, counted, note, print_json, printable, progress
from training.cli.options import json_option
from training.cli.places import (
    QUEUE,
    RESULTS,
    UPLOADS,
    existing_bucket,
    place_option,
    s3_for_many,
    sqs_client,
    stack_option,
)


@click.command
@click.argument("prefix", default="")
@click.option(
    "--missing", is_flag=True, help="Take the uploads without a matching report (must be said)."
)
@click.option("--dry-run", is_flag=True, help="List them, and send nothing.")
@place_option("--uploads", UPLOADS)
@place_option("--results", RESULTS)
@place_option("--queue", QUEUE, required=False)
@stack_option
@json_option
def rescore(
    prefix: str,
    missing: bool,
    dry_run: bool,
    uploads: str,
    results: str,
    queue: str,
    as_json: bool,
) -> None:
    """Find uploads without a matching report and have them scored.

    PREFIX is the beginning of the keys to look at; without it, all. An upload has no matching
    report when there is none, when it is of an earlier upload of that name, or when the outputs
    that it names are not there any more. Each gets a message to the upload queue, and is scored by
    the champion unless that has happened meanwhile: no harm is done by sending one twice.
    """
    if not missing:
        raise click.UsageError("which uploads? Say --missing: those without a matching report.")
    if not dry_run and not queue:
        raise QUEUE.unknown("--queue")
    found, count = _missing(prefix, uploads, results)
    sent = 0 if dry_run else _send(queue, uploads, [str(one["key"]) for one in found])
    if as_json:
        print_json(
            {
                "uploads_bucket": uploads,
                "results_bucket": results,
                "prefix": prefix,
                "checked": count,
                "missing": found,
                "dry_run": dry_run,
                "sent": sent,
            }
        )
        return
    from training.cli.operation_views import GAPS, missing_table

    if found:
        console().print(missing_table(found))
    reasons = Counter(GAPS[str(one["reason"])] for one in found)
    listed = "; ".join(f"{number:,}: {reason}" for reason, number in sorted(reasons.items()))
    note(
        f"{counted(count, 'upload')} looked at in s3://{uploads}/{printable(prefix)}: "
        f"{len(found):,} without a matching report" + (f" ({listed})" if listed else "")
    )
    if not dry_run:
        note(f"{counted(sent, 'message')} sent to {queue}")


def _missing(prefix: str, uploads: str, results: str) -> tuple[list[dict[str, Any]], int]:
    from score.s3 import S3Bucket
    from training.cli.operation_views import moment
    from training.operations.rescore import checked, uploads_under

    s3 = s3_for_many()
    listed = uploads_under(s3, existing_bucket(s3, UPLOADS, uploads), prefix)
    target = S3Bucket(s3, existing_bucket(s3, RESULTS, results))
    found, count = [], 0
    with progress("Looking at uploads") as tell:
        for upload, gap in checked(listed, S3Bucket(s3, uploads), target):
            count += 1
            tell(count, None)
            if gap is not None:
                found.append(
                    {
                        "key": upload.key,
                        "reason": gap.value,
                        "bytes": upload.size,
                        "changed_at": moment(upload.changed_at),
                    }
                )
    return found, count


def _send(queue: str, uploads: str, keys: list[str]) -> int:
    from training.operations.queues import upload_queue
    from training.operations.rescore import send

    sqs, sent = sqs_client(), 0
    with progress("Sending") as tell:
        for sent in send(sqs, upload_queue(sqs, queue), uploads, keys):
            tell(sent, len(keys))
    return sent
