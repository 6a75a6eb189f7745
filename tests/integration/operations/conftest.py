"""Both buckets, both queues and a registry in moto, and the score function's delivery over them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus
from urllib.request import Request, urlopen

import boto3
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from score.delivery import deliver
from score.outputs import Outputs
from score.s3 import S3Bucket
from segmentation.model import Model
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.support.csvs import MALL_ROW, mall_csv
from tests.support.models import mall_model

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

UPLOAD = mall_csv(MALL_ROW)


def notification(bucket: str, key: str) -> str:
    """Write a message that makes the score function look at an upload, as S3 writes it."""
    place = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key, safe="/")}}
    return json.dumps({"Records": [{"eventSource": "aws:s3", "s3": place}]})


@dataclass
class System:
    """The deployed system as the commands find it."""

    s3: S3Client
    sqs: SQSClient
    queue: str
    dead_letters: str
    model: Model

    @property
    def registry(self) -> Registry:
        return Registry(S3Store(self.s3, "models"))

    def drop(self, key: str, data: bytes = UPLOAD) -> None:
        self.s3.put_object(Bucket="uploads", Key=key, Body=data)

    def deliver(self, key: str) -> None:
        """Score an upload as the function does."""
        uploads, results = S3Bucket(self.s3, "uploads"), S3Bucket(self.s3, "results")
        deliver(key, uploads, results, lambda _: self.model)

    def scored(self, key: str, data: bytes = UPLOAD) -> None:
        self.drop(key, data)
        self.deliver(key)

    def outputs(self, key: str) -> list[str]:
        names = Outputs.of(key)
        return [one for one in (names.report, names.scored, names.rejected) if one]

    def versions(self, bucket: str) -> list[str]:
        """Give the key of every version and delete marker."""
        listed = self.s3.list_object_versions(Bucket=bucket)
        every: list[Any] = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        return [one["Key"] for one in every]

    def tell(self, body: str) -> None:
        """Put a message into the dead-letter queue, as if all tries had failed."""
        self.sqs.send_message(QueueUrl=self.dead_letters, MessageBody=body)

    def waiting(self, url: str) -> list[str]:
        """Give the bodies of the messages that can be received now."""
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [one["Body"] for one in answer.get("Messages", [])]


def make_system() -> System:
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    for name in ("uploads", "results", "models"):
        s3.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    dead_letters = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])
    policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 5}
    queue = sqs.create_queue(
        QueueName="uploads-to-score", Attributes={"RedrivePolicy": json.dumps(policy)}
    )["QueueUrl"]
    os.environ.update(
        UPLOADS_BUCKET="uploads",
        RESULTS_BUCKET="results",
        SEGMENT_REGISTRY="s3://models",
        QUEUE_URL=queue,
        DLQ_URL=dead_letters,
    )
    return System(s3, sqs, queue, dead_letters, mall_model())


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """Give one session for all tests: each new one would read botocore's models anew."""
    return boto3.Session()


@pytest.fixture
def system(boto3_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """Give the system in this process."""
    monkeypatch.setattr("operations.queues.WAIT_SECONDS", 0)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3_session)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        yield make_system()


@pytest.fixture
def served(boto3_session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """Give the system behind a server, which answers 500 to what moto does not know."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3_session)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    system = make_system()
    yield system
    # What moto holds outlives its server.
    reset = Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urlopen(reset).close()
    system.s3.close()
    system.sqs.close()
    server.stop()
