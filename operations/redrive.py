"""Sending dead letters back: by SQS itself where it offers that, else one batch after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from operations.errors import OperationRefused
from operations.queues import Tell, arn_of, asking, receive
from segmentation.errors import TransientError
from segmentation_aws.errors import code_of

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NOT_OFFERED = frozenset({"InvalidAction", "UnknownOperationException", "NotImplemented"})
"""What servers other than AWS answer to a request that they do not know; some say 500 or 501."""

HIDDEN_SECONDS = 60
POLL_SECONDS = 1.0


def redrive(sqs: SQSClient, dead_letters: str, queue: str, tell: Tell) -> int:
    """Send the messages of the dead-letter queue back to the upload queue, to be tried anew.

    Parameters
    ----------
    sqs
        A boto3 SQS client.
    dead_letters, queue
        Addresses of both queues.
    tell
        Told how many were moved.

    Returns
    -------
    moved
        How many; SQS itself counts about.

    Raises
    ------
    OperationRefused
        SQS gave up on it.
    OperationRefused, TransientError
        See `asking`.
    """
    source = arn_of(sqs, dead_letters)
    with asking(dead_letters, "move the messages of"):
        try:
            sqs.start_message_move_task(SourceArn=source, DestinationArn=arn_of(sqs, queue))
        except ClientError as exc:
            status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code_of(exc) in NOT_OFFERED or status >= 500:
                return _move(sqs, dead_letters, queue, tell)
            raise
    return _follow(sqs, source, dead_letters, tell)


def _follow(sqs: SQSClient, source: str, dead_letters: str, tell: Tell) -> int:
    while True:
        with asking(dead_letters, "follow the move from"):
            (task, *_) = sqs.list_message_move_tasks(SourceArn=source, MaxResults=1)["Results"]
        moved = task.get("ApproximateNumberOfMessagesMoved", 0)
        tell(moved, task.get("ApproximateNumberOfMessagesToMove"))
        status = task.get("Status")
        if status == "COMPLETED":
            return moved
        if status != "RUNNING":
            raise OperationRefused(
                f"{dead_letters}: the move is {status} after about {moved:,} messages: "
                f"{task.get('FailureReason', 'no reason given')}"
            )
        time.sleep(POLL_SECONDS)


def _move(sqs: SQSClient, dead_letters: str, queue: str, tell: Tell) -> int:
    """Send first, then delete: a break in between gives a message twice, and never loses one."""
    moved = 0
    while messages := receive(sqs, dead_letters, HIDDEN_SECONDS):
        with asking(queue, "send to"):
            answer = sqs.send_message_batch(
                QueueUrl=queue,
                Entries=[
                    {"Id": str(place), "MessageBody": message["Body"]}
                    for place, message in enumerate(messages)
                ],
            )
        sent = [messages[int(one["Id"])] for one in answer.get("Successful", [])]
        if sent:
            with asking(dead_letters, "delete from"):
                sqs.delete_message_batch(
                    QueueUrl=dead_letters,
                    Entries=[
                        {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                        for place, message in enumerate(sent)
                    ],
                )
        moved += len(sent)
        if failed := answer.get("Failed"):
            raise TransientError(
                f"send to {queue}: {failed[0].get('Code')}, after {moved:,} messages"
            )
        tell(moved, None)
    return moved
