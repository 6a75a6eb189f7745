"""The messages of the dead-letter queue, looked at without taking any out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from operations.queues import BATCH, Tell, receive

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

HIDDEN_SECONDS = 300
"""How long a message stays hidden if whoever looks at it cannot show it again."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that waits.

    Parameters
    ----------
    id
        That of the queue.
    body
        As it was sent.
    sent_at
        When it was sent to the upload queue.
    received
        How often it was received before this look; earlier looks count, too.
    """

    id: str
    body: str
    sent_at: datetime
    received: int


@contextlib.contextmanager
def peek(sqs: SQSClient, url: str, tell: Tell) -> Iterator[list[Letter]]:
    """Give all messages that wait, hidden from others for as long as they are looked at.

    SQS has no way to look without receiving, and a message that is not hidden comes again and
    again. So each is received once, and shown to others again at the end; if that fails, it shows
    itself after `HIDDEN_SECONDS`.

    Raises
    ------
    OperationRefused, TransientError
        See `asking`.
    """
    held: dict[str, MessageTypeDef] = {}
    try:
        while batch := receive(sqs, url, HIDDEN_SECONDS):
            new = {one["MessageId"]: one for one in batch if one["MessageId"] not in held}
            held |= new
            if not new:
                break  # hidden too shortly for so many: the first ones come again
            tell(len(held), None)
        yield sorted((_letter(one) for one in held.values()), key=lambda one: one.sent_at)
    finally:
        _show_again(sqs, url, [one["ReceiptHandle"] for one in held.values()])


def _show_again(sqs: SQSClient, url: str, receipts: list[str]) -> None:
    for begin in range(0, len(receipts), BATCH):
        entries = [
            {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
            for place, receipt in enumerate(receipts[begin : begin + BATCH])
        ]
        # They show themselves a little later.
        with contextlib.suppress(ClientError, BotoCoreError):
            sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]


def _letter(message: MessageTypeDef) -> Letter:
    attributes = message["Attributes"]
    return Letter(
        id=message["MessageId"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        received=int(attributes["ApproximateReceiveCount"]) - 1,
    )
