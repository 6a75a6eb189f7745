"""S3 and SQS on loopback, for the score function."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION: Any = "eu-central-1"
BUCKETS = ("uploads", "results", "models")


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Give the address of a moto server."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client_of(endpoint: str) -> S3Client:
    """Make a client that gives up at the first failure."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
    return boto3.client("s3", endpoint_url=endpoint, config=config)


@pytest.fixture
def s3(endpoint: str) -> Iterator[S3Client]:
    """Give a client, and three empty buckets, the last two with versions."""
    client = client_of(endpoint)
    for name in BUCKETS:
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in BUCKETS[1:]:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    with mock.patch.dict(os.environ, {"AWS_ENDPOINT_URL": endpoint}):
        yield client
    client.close()
    _forget_everything(endpoint)


def _forget_everything(endpoint: str) -> None:
    import urllib.request

    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
