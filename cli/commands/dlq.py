"""``segment dlq``: what could not be scored, why, and back to the queue with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli.addresses import (
    DEAD_LETTERS,
    REGISTRY,
    RESULTS,
    existing_bucket,
    place_option,
    s3_for_many,
    sqs_client,
    stack_option,
)
from cli.options import existing_registry, json_option
from cli.output import console, counted, note, print_json, progress

if TYPE_CHECKING:
    from operations.dead_letters import Letter
    from operations.diagnosis import Diagnosis


@click.group
def dlq() -> None:
    """Show why uploads wait in the dead-letter queue, and send them back."""


@dlq.command(name="list")
@place_option("--queue", DEAD_LETTERS)
@place_option("--results", RESULTS)
@place_option("--registry", REGISTRY)
@stack_option
@json_option
def list_(queue: str, results: str, registry: str, as_json: bool) -> None:
    """List the messages that wait, oldest first, and why as far as known.

    Nothing is taken out: each message is hidden for the moment of the look.
    """
    from engine.pipeline import in_order
    from operations import REQUESTS_AT_ONCE
    from operations.dead_letters import peek
    from operations.diagnosis import Doctor
    from operations.queues import dead_letters_source
    from score.s3 import S3Bucket

    s3, sqs = s3_for_many(), sqs_client()
    dead_letters_source(sqs, queue)
    target = S3Bucket(s3, existing_bucket(s3, RESULTS, results))
    doctor = Doctor(lambda name: S3Bucket(s3, name), target, existing_registry(registry))
    with (
        progress("Looking at messages") as tell,
        peek(sqs, queue, tell) as letters,
    ):
        diagnoses = in_order(lambda letter: doctor.diagnose(letter.body), letters, REQUESTS_AT_ONCE)
        listed = [_facts(*one) for one in zip(letters, diagnoses, strict=True)]
    if as_json:
        print_json({"queue": queue, "messages": listed})
        return
    from cli.tables.operations import letter_table

    if listed:
        console().print(letter_table(listed))
    note(
        f"{counted(len(listed), 'message')} in {queue}"
        + ("; segment dlq redrive sends them back" if listed else "")
    )


@dlq.command
@place_option("--queue", DEAD_LETTERS)
@stack_option
@json_option
def redrive(queue: str, as_json: bool) -> None:
    """Send the messages back to the upload queue, to be tried anew.

    Those with nothing left to do end there; those that fail again come back.
    """
    from operations.queues import dead_letters_source
    from operations.redrive import redrive as send_back

    sqs = sqs_client()
    target = dead_letters_source(sqs, queue)
    with progress("Sending back") as tell:
        moved = send_back(sqs, queue, target, tell)
    if as_json:
        print_json({"queue": queue, "destination": target, "moved": moved})
    else:
        note(f"{counted(moved, 'message')} sent back to {target}")


def _facts(letter: Letter, diagnoses: list[Diagnosis]) -> dict[str, Any]:
    from cli.tables.operations import moment

    return {
        "id": letter.id,
        "sent_at": moment(letter.sent_at),
        "received": letter.received,
        "uploads": [
            {
                "bucket": one.upload.bucket if one.upload else None,
                "key": one.upload.key if one.upload else None,
                "model_version": one.upload.model_version if one.upload else None,
                "cause": one.cause.value,
                "detail": one.detail,
            }
            for one in diagnoses
        ],
    }
