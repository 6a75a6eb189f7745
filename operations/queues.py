"""What operations ask of a queue, whichever of the two it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations.errors import OperationRefused
from segmentation_aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10
"""Messages in one request; SQS takes and gives no more."""

WAIT_SECONDS = 1
"""By waiting all of SQS's servers are asked, so that an empty answer means an empty queue."""

NO_QUEUE = frozenset(
    {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "InvalidAddress", "404"}
)

Tell = Callable[[int, int | None], None]
"""Takes how much is done, and how much there is where that is known."""


@contextlib.contextmanager
def asking(url: str, what: str) -> Iterator[None]:
    """Turn the errors of a queue into ours.

    Raises
    ------
    OperationRefused
        There is no such queue.
    TransientError
        SQS did not answer, or refused.
    """
    with translated(f"{what} {url}"):
        try:
            yield
        except ClientError as exc:
            if code_of(exc) in NO_QUEUE:
                raise OperationRefused(f"there is no queue {url}") from exc
            raise


def waiting(sqs: SQSClient, url: str) -> int:
    """Count the messages that wait in a queue, as SQS counts them: about.

    Raises
    ------
    OperationRefused, TransientError
        See `asking`.
    """
    return int(_attributes(sqs, url).get("ApproximateNumberOfMessages", "0"))


def arn_of(sqs: SQSClient, url: str) -> str:
    """Give the ARN of a queue.

    Raises
    ------
    OperationRefused, TransientError
        See `asking`.
    """
    return _attributes(sqs, url)["QueueArn"]


def dead_letters_source(sqs: SQSClient, url: str) -> str:
    """Give the address of the queue whose dead letters come to this one.

    Raises
    ------
    OperationRefused
        There is none: it is another queue. (To look into a queue that is at work would count as a
        try of each of its messages.)
    TransientError
        See `asking`.
    """
    with asking(url, "open"):
        pages = sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=url)
        sources = [source for page in pages for source in page.get("queueUrls", [])]
    if len(sources) != 1:
        raise OperationRefused(
            f"{len(sources) or 'no'} queues send their dead letters to {url}, expected the "
            "dead-letter queue of one upload queue"
        )
    return sources[0]


def receive(sqs: SQSClient, url: str, hidden_seconds: int) -> list[MessageTypeDef]:
    """Receive some messages, hidden from others for a while; none when no more wait.

    Raises
    ------
    OperationRefused, TransientError
        See `asking`.
    """
    with asking(url, "read"):
        return sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=hidden_seconds,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
        ).get("Messages", [])


def _attributes(sqs: SQSClient, url: str) -> dict[str, str]:
    with asking(url, "open"):
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return {str(name): value for name, value in answer.get("Attributes", {}).items()}
