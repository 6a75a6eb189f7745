"""Plays Lambda's event source mapping: from the queue to the function."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.errors import FunctionError
from infra.local.event_source import EventSource
from infra.local.function import LocalFunction
from infra.local.function_log import last_warning
from infra.local.s3_events import as_aws_sends_it
from infra.local.sqs_events import sqs_event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

logger = logging.getLogger(__name__)
WAIT_SECONDS = 1  # of one long poll; also how long a stop may take


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message.

    Attributes
    ----------
    body : str
        The message.
    attempt : int
        Its ``ApproximateReceiveCount``.
    error : str or None
        Why it stays in the queue; None when it was handled and deleted.
    """

    body: str
    attempt: int
    error: str | None


class QueuePoller:
    """A thread that takes messages off a queue and hands them to a function, batch by batch.

    On success it deletes the messages. On an error it leaves them: the queue shows them again after
    its visibility timeout, and moves them to the dead-letter queue after ``maxReceiveCount`` tries.
    """

    def __init__(
        self,
        source: EventSource,
        function: LocalFunction,
        sqs: SQSClient,
        s3: S3Client,
        on_delivery: Callable[[Delivery], None],
    ) -> None:
        self._source = source
        self._function = function
        self._sqs = sqs
        self._s3 = s3
        self._on_delivery = on_delivery
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience_seconds: float) -> None:
        """Take no further message, and give the one under way some time to finish."""
        self._stopping.set()
        self._thread.join(patience_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._poll()
            except Exception:
                if self._stopping.is_set():
                    return  # the queue has gone before the thread
                # Whatever it was, the message is still in the queue and comes again; without this
                # thread nothing would ever.
                logger.exception("the poller stumbled and goes on")
                self._stopping.wait(WAIT_SECONDS)

    def _poll(self) -> None:
        received = self._sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        messages = [message for message in received if self._as_aws_sends_it(message)]
        if not messages:
            return
        failed = self._invoke(messages)
        for message in messages:
            error = failed.get(message["MessageId"])
            if error is None:
                self._delete(message)
            attempt = int(message["Attributes"]["ApproximateReceiveCount"])
            self._on_delivery(Delivery(message["Body"], attempt, error))

    def _as_aws_sends_it(self, message: MessageTypeDef) -> bool:
        body = as_aws_sends_it(message["Body"], message["Attributes"]["SentTimestamp"], self._s3)
        if body is None:
            self._delete(message)
            return False
        message["Body"] = body
        message["MD5OfBody"] = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return True

    def _invoke(self, messages: list[MessageTypeDef]) -> dict[str, str]:
        """Run the function and return an error for each message that failed, by message id."""
        everything = {message["MessageId"] for message in messages}
        log = self._function.log
        log_position = log.stat().st_size
        try:
            result = self._function.invoke(sqs_event(messages, self._source.queue_arn))
        except FunctionError as exc:
            return dict.fromkeys(everything, str(exc))
        if not self._source.reports_batch_item_failures:
            return {}
        failed = failed_items(result, everything)
        return dict.fromkeys(failed, last_warning(log, log_position) or f"see {log}")

    def _delete(self, message: MessageTypeDef) -> None:
        self._sqs.delete_message(
            QueueUrl=self._source.queue_url, ReceiptHandle=message["ReceiptHandle"]
        )


def failed_items(result: Any, message_ids: set[str]) -> set[str]:
    """Which messages a function's ``batchItemFailures`` names.

    Anything that Lambda cannot make sense of fails the whole batch; an empty or missing list, or
    no result at all, fails nothing. (AWS Lambda developer guide, "Reporting batch item failures")

    Examples
    --------
    >>> failed_items({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a", "b"})
    {'a'}
    >>> sorted(failed_items({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}))
    ['a', 'b']
    >>> failed_items(None, {"a"})
    set()
    """
    if result is None:
        return set()
    if not isinstance(result, dict):
        return message_ids
    failures = result.get("batchItemFailures") or []
    try:
        named = {failure["itemIdentifier"] for failure in failures}
    except (TypeError, KeyError):
        return message_ids
    return named if named <= message_ids else message_ids
