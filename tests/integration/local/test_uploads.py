"""From a dropped file to the function, and what becomes of the message."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from infra.local.poller import WAIT_SECONDS
from tests.integration.local.playground import Playground, eventually

AWS = Path(sys.executable).with_name("aws")


def test_a_file_dropped_with_the_aws_cli_reaches_the_function(
    playground: Playground, tmp_path: Path
) -> None:
    stack, file = playground.stack, tmp_path / "customers.csv"
    file.write_bytes(b"a,b\n1,2\n")

    target = f"s3://{stack.uploads_bucket}/by cli/customers.csv"
    subprocess.run(
        [str(AWS), "--endpoint-url", stack.endpoint_url, "s3", "cp", str(file), target],
        env={**os.environ, **stack.environment},
        check=True,
        capture_output=True,
    )

    assert playground.kept("by cli/customers.csv")["notification"]["s3"]["object"]["size"] == 8
    assert playground.delivery_of("by+cli/customers.csv").error is None


@pytest.mark.parametrize(
    ("key", "in_event"),
    [
        # What S3 sends: form-urlencoded, slashes kept.
        ("folder/customers.csv", "folder/customers.csv"),
        ("red flower.csv", "red+flower.csv"),
        ("a+b.csv", "a%2Bb.csv"),
        ("50%41.csv", "50%2541.csv"),
        ("Größe (1)/ü.csv", "Gr%C3%B6%C3%9Fe+%281%29/%C3%BC.csv"),
    ],
)
def test_keys_arrive_as_aws_writes_them(playground: Playground, key: str, in_event: str) -> None:
    playground.drop(key)

    assert playground.kept(key)["notification"]["s3"]["object"]["key"] == in_event


def test_the_event_is_the_one_that_lambda_sends(playground: Playground) -> None:
    playground.drop("event.csv")
    stack, kept = playground.stack, playground.kept("event.csv")

    (record,) = kept["event"]["Records"]
    attributes = record["attributes"]
    queue = stack.queue_url.rsplit("/", 1)[-1]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    assert record["awsRegion"] == "us-east-1"
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()
    assert record["messageAttributes"] == {}
    assert record["messageId"]
    assert record["receiptHandle"]
    assert attributes["ApproximateReceiveCount"] == "1"
    assert int(attributes["ApproximateFirstReceiveTimestamp"]) >= int(attributes["SentTimestamp"])
    assert "SenderId" in attributes

    head = stack.client("s3").head_object(Bucket=stack.uploads_bucket, Key="event.csv")
    notification = kept["notification"]
    assert notification["eventSource"] == "aws:s3"
    assert notification["eventName"] == "ObjectCreated:Put"
    assert notification["s3"]["bucket"]["name"] == stack.uploads_bucket
    assert notification["s3"]["object"] == {
        "key": "event.csv",
        "size": 8,
        "eTag": head["ETag"].strip('"'),
        "versionId": head["VersionId"],
        "sequencer": notification["s3"]["object"]["sequencer"],
    }


def test_a_later_write_has_a_later_sequencer_and_its_own_version(playground: Playground) -> None:
    objects = []
    for body in (b"first", b"second"):
        playground.drop("twice.csv", body)
        etag = hashlib.md5(body).hexdigest()
        objects.append(eventually(lambda etag=etag: object_with(playground, "twice.csv", etag)))  # type: ignore[misc]

    assert int(objects[0]["sequencer"], 16) < int(objects[1]["sequencer"], 16)
    assert objects[0]["versionId"] != objects[1]["versionId"]


def test_a_multipart_upload_is_told_once_and_by_its_name(playground: Playground) -> None:
    stack = playground.stack
    s3, place = stack.client("s3"), {"Bucket": stack.uploads_bucket, "Key": "multipart.csv"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"a,b\n1,2\n")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)

    kept = playground.kept("multipart.csv")
    playground.drop("after multipart.csv")
    playground.kept("after multipart.csv")

    assert kept["notification"]["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert len(deliveries_of(playground, "multipart.csv")) == 1


def test_s3_tests_the_queue_when_the_notification_is_set(playground: Playground) -> None:
    (record,) = playground.result("s3-test-event")["event"]["Records"]

    body = json.loads(record["body"])
    assert body["Event"] == "s3:TestEvent"
    assert body["Bucket"] == playground.stack.uploads_bucket


@pytest.mark.parametrize(
    "content",
    [
        {"Records": [], "note": "empty"},
        {"Records": [], "rescore": {"bucket": "b", "key": "k", "model_version": "v1"}},
        {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "half%2Fdone.csv"}}}]},
        {"Records": [{"eventName": "x", "userIdentity": {}, "s3": {"object": {"key": "a%2Fb"}}}]},
    ],
)
def test_a_message_that_no_bucket_sent_arrives_as_it_is(
    playground: Playground, content: dict[str, Any]
) -> None:
    body = json.dumps(content)
    sqs = playground.stack.client("sqs")
    sqs.send_message(QueueUrl=playground.stack.queue_url, MessageBody=body)

    delivery = eventually(lambda: next((d for d in playground.deliveries if d.body == body), None))
    assert delivery.error is None


def test_a_handled_message_is_deleted(playground: Playground) -> None:
    playground.drop("deleted.csv")
    playground.delivery_of("deleted.csv")

    attributes = playground.stack.client("sqs").get_queue_attributes(
        QueueUrl=playground.stack.queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


def test_a_function_that_raises_leaves_the_message_for_the_dead_letter_queue(
    playground: Playground,
) -> None:
    with visible_again_at_once(playground):
        playground.drop("raise.csv")
        errors = [playground.delivery_of("raise.csv", attempt).error for attempt in range(1, 6)]
        letter = eventually(lambda: dead_letter(playground))

    assert errors == ["ValueError: told to raise"] * 5
    (record,) = json.loads(letter["Body"])["Records"]
    assert unquote_plus(record["s3"]["object"]["key"]) == "raise.csv"
    assert len(deliveries_of(playground, "raise.csv")) == 5


def test_a_message_that_the_function_puts_off_stays_with_the_reason_from_its_log(
    playground: Playground,
) -> None:
    with visible_again_at_once(playground):
        playground.drop("put-off.csv")

        assert playground.delivery_of("put-off.csv", 1).error == "handling: Something"
        assert playground.delivery_of("put-off.csv", 2).error == "handling: Something"
        eventually(lambda: dead_letter(playground))


def test_a_function_whose_process_dies_is_started_again(playground: Playground) -> None:
    with visible_again_at_once(playground):
        playground.drop("exit.csv")
        error = playground.delivery_of("exit.csv").error
        playground.drop("after the exit.csv")

        assert error == "Runtime.ExitError: the process ended with exit status 3"
        assert playground.kept("after the exit.csv")
        eventually(lambda: dead_letter(playground))


def deliveries_of(playground: Playground, key: str) -> list[Any]:
    return [delivery for delivery in playground.deliveries if f'"{key}"' in delivery.body]


def object_with(playground: Playground, key: str, etag: str) -> Any:
    found = playground.kept(key)["notification"]["s3"]["object"]
    return found if found["eTag"] == etag else None


def dead_letter(playground: Playground) -> Any:
    """Take a message out of the dead-letter queue."""
    sqs, url = playground.stack.client("sqs"), playground.stack.dead_letter_queue_url
    for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message
    return None


@contextmanager
def visible_again_at_once(playground: Playground) -> Iterator[None]:
    """Do not wait for the template's visibility timeout."""
    sqs, url = playground.stack.client("sqs"), playground.stack.queue_url
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    time.sleep(1.2 * WAIT_SECONDS)  # a poll that has begun goes by the old one
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "120"})
