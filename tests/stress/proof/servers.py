"""Two independent S3 servers: moto in this process, and SeaweedFS where it is installed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from segmentation_aws.store import S3Store
from tests.stress.proof.faults import Exchange, Network
from tests.stress.proof.function import Messages, SqsMessages
from tests.support.models import mall_model, registry_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKETS = ("uploads", "results", "models")
STARTS_WITHIN_SECONDS = 60

GRPC = 10_000
"""So far above its port for HTTP is a part of SeaweedFS's port for gRPC."""


@dataclass
class Server:
    """An S3 with the three buckets and a champion, and the way to it.

    Parameters
    ----------
    name
        What it is.
    s3
        Looks into it.
    environ
        Points the function at it.
    messages
        Gives a queue with the event of an upload.
    """

    name: str
    s3: S3Client
    environ: dict[str, str]
    messages: Callable[[str], Messages | SqsMessages]
    network: Network | None = None

    @contextlib.contextmanager
    def watched(self, key: str) -> Iterator[Network]:
        """Watch all exchanges, in which faults may be put."""
        self.network = Network(key)
        try:
            yield self.network
        finally:
            self.network = None

    def exchange(self, request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
        """Exchange a request for a response, watched if anybody watches."""
        return send(request) if self.network is None else self.network(request, send)

    def prepare(self) -> None:
        """Make the buckets, all with versions, and let a model serve."""
        region: Any = os.environ["AWS_REGION"]
        for bucket in BUCKETS:
            self.s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region}
            )
            self.s3.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
        registry_of(mall_model(), store=S3Store(self.s3, "models"))


ENVIRON = {"SEGMENT_REGISTRY": "s3://models", "RESULTS_BUCKET": "results"}


@contextlib.contextmanager
def moto_server() -> Iterator[Server]:
    """Give moto's S3 and SQS, without HTTP."""
    answer = BotocoreStubber.__call__
    with mock_aws():
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="uploads")["QueueUrl"]
        server = Server(
            "moto",
            boto3.client("s3"),
            ENVIRON | {"QUEUE_URL": url},
            lambda key: SqsMessages(sqs, url, key),
        )

        def called(stubber: BotocoreStubber, event_name: str, request: Any, **_: object) -> Any:
            def send(request: AWSPreparedRequest) -> AWSResponse:
                response = answer(stubber, event_name, request)
                assert response is not None, "moto lets a request out"
                return response

            return server.exchange(request, send)

        with mock.patch.object(BotocoreStubber, "__call__", called):
            server.prepare()
            yield server


def weed() -> str | None:
    """Give the program of SeaweedFS, if it is installed."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


@contextlib.contextmanager
def seaweed_process(folder: Path) -> Iterator[str]:
    """Run SeaweedFS on loopback, and give the address of its S3."""
    program = weed()
    assert program is not None
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": "testing", "secretKey": "testing"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = dict(zip(("master", "volume", "filer", "s3"), _free_ports(4), strict=True))
    command = [
        *(program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"),
        *("-filer", "-s3", f"-s3.config={folder / 's3.json'}", "-master.telemetry=false"),
        *("-master.volumeSizeLimitMB=64", "-volume.max=200"),
        *(f"-{name}.port={port}" for name, port in ports.items()),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for_port(ports["s3"], process, folder / "log")
            yield f"http://127.0.0.1:{ports['s3']}"
        finally:
            process.kill()  # nothing in it is worth an orderly end, which takes half a minute
            process.wait()
            for port in ports.values():
                _forget_sockets(port)
                _forget_sockets(port + GRPC)


def _forget_sockets(port: int) -> None:
    for left in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
        left.unlink(missing_ok=True)


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"SeaweedFS did not start: {log.read_text()[-2_000:]}")
        time.sleep(0.2)


def _free_ports(number: int) -> list[int]:
    """Find ports for HTTP whose ports for gRPC are free, too."""
    found: list[int] = []
    for port in range(21_000, 40_000):
        with socket.socket() as http, socket.socket() as grpc:
            try:
                http.bind(("127.0.0.1", port))
                grpc.bind(("127.0.0.1", port + GRPC))
            except OSError:
                continue
        found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no free ports")


@contextlib.contextmanager
def seaweed_server(endpoint: str) -> Iterator[Server]:
    """Give a running SeaweedFS, with empty buckets at first use."""
    patient = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
    s3 = boto3.client("s3", endpoint_url=endpoint, config=patient)
    server = Server("SeaweedFS", s3, dict(ENVIRON), Messages)
    _wait(s3)
    if not s3.list_buckets()["Buckets"]:
        server.prepare()
    send = URLLib3Session.send

    def sent(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        return server.exchange(request, lambda request: send(session, request))

    with mock.patch.object(URLLib3Session, "send", sent):
        yield server
    s3.close()


def _wait(s3: S3Client) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            s3.list_buckets()
        except (ClientError, BotoCoreError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
