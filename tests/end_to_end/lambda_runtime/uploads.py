"""Dropping files, and the events and results that follow."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from infra.local import LocalStack
from infra.local.s3_events import as_aws_sends_it
from infra.local.sqs_events import sqs_event

Json = dict[str, Any]

HIDDEN_SECONDS = "960"
"""How long a message that was taken stays hidden, as in the template: longer than these tests."""


class Uploads:
    """The uploads bucket of the local stack, its notifications led to a queue of its own.

    Nobody but the caller takes messages off that queue: they are for the function in the emulator.
    """

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._s3, self._sqs = stack.client("s3"), stack.client("sqs")
        self._queue: str = self._sqs.create_queue(
            QueueName="for-the-emulator",
            Attributes={"VisibilityTimeout": HIDDEN_SECONDS},
        )["QueueUrl"]
        self._queue_arn = self._attribute("QueueArn")
        self._s3.put_bucket_notification_configuration(
            Bucket=stack.uploads_bucket,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": self._queue_arn, "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )
        self._sqs.purge_queue(QueueUrl=self._queue)  # of S3's test event

    @property
    def variables(self) -> dict[str, str]:
        """What the score function is told of the queue."""
        return {"QUEUE_URL": self._queue}

    def drop(self, key: str, data: bytes) -> Json:
        """Put a file, and give the event in which Lambda hands over the message it caused."""
        self._s3.put_object(Bucket=self._stack.uploads_bucket, Key=key, Body=data)
        return self.next_event()

    def next_event(self, seconds: int = 5) -> Json:
        """Take the next message off the queue, as an event."""
        (message,) = self._sqs.receive_message(
            QueueUrl=self._queue, WaitTimeSeconds=seconds, MessageSystemAttributeNames=["All"]
        )["Messages"]
        sent = message["Attributes"]["SentTimestamp"]
        message["Body"] = as_aws_sends_it(message["Body"], sent, self._s3)
        return sqs_event([message], self._queue_arn)

    def report(self, key: str) -> Json:
        """The report of an upload."""
        report: Json = json.loads(self._result(f"reports/{key}.json"))
        return report

    def parquet(self, key: str) -> bytes:
        """The labelled file of an upload."""
        return self._result(f"scored/{key}.parquet")

    def table(self, key: str) -> pa.Table:
        """The labelled rows of an upload."""
        return pyarrow.parquet.read_table(io.BytesIO(self.parquet(key)))

    def rejects(self, key: str) -> str:
        """The reject file of an upload."""
        return self._result(f"rejected/{key}.csv").decode("utf-8-sig")

    def _result(self, key: str) -> bytes:
        answer = self._s3.get_object(Bucket=self._stack.results_bucket, Key=key)
        data: bytes = answer["Body"].read()
        return data

    def _attribute(self, name: str) -> str:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=[name])
        value: str = answer["Attributes"][name]
        return value


def bare(event: Json) -> Json:
    """The S3 event in a message: what S3 hands to a function that it calls itself."""
    inner: Json = json.loads(event["Records"][0]["body"])
    return inner
