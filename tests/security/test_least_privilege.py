"""The functions get by on what the template grants them, and each grant is needed."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import boto3
import botocore.session
import pytest
from moto import mock_aws

from engine import records
from predict import champion as serving
from score import handler, s3, service
from score.outputs import Outputs
from segmentation.registry import CHAMPION_KEY
from segmentation_aws.observability import logger
from segmentation_aws.store import S3Store
from tests.support.api import call
from tests.support.csvs import MALL_HEADER, MALL_ROW, mall_csv
from tests.support.deployment import MODELS, QUEUE, RESULTS, ROOT, UPLOADS, Stack, walk
from tests.support.models import mall_model, registry_of
from tests.support.permissions import Grant, Role

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STACK = Stack()
BUCKETS = {arn: arn.removeprefix("arn:aws:s3:::") for arn in (UPLOADS, RESULTS, MODELS)}
SCORE, PREDICT = STACK.grants("ScoreRole"), STACK.grants("PredictRole")
CALLED_BY_LAMBDA: set[Grant] = {
    *(("sqs:ReceiveMessage", QUEUE), ("sqs:DeleteMessage", QUEUE)),
    ("sqs:GetQueueAttributes", QUEUE),
    *((f"logs:{action}", "arn:ScoreLogGroup") for action in ("CreateLogStream", "PutLogEvents")),
    *((f"logs:{action}", "arn:PredictLogGroup") for action in ("CreateLogStream", "PutLogEvents")),
}
"""What the service does in the role's name; the function's own code never calls these."""

NICETIES = {
    ("sqs:ChangeMessageVisibility", QUEUE): "a message comes back by itself, only later",
    ("s3:AbortMultipartUpload", f"{RESULTS}/*"): "a rule of the bucket aborts them after a day",
    ("s3:ListBucket", MODELS): "without a champion the message is put off either way",
}
"""Grants without which all work is done all the same, and why they are there to be granted."""

PART_BYTES = 100_000
"""So small that a file of a test has several parts."""


class Context:
    """What the function asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        return 840_000


@dataclass(frozen=True)
class Account:
    """An account with the template's buckets and queue, seen with all rights."""

    s3: S3Client
    sqs: Any
    queue_url: str

    def has(self, bucket: str, key: str) -> bool:
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
        return key in [item["Key"] for item in found.get("Contents", [])]

    def drop(self, key: str, data: bytes = mall_csv(MALL_ROW)) -> None:
        self.s3.put_object(Bucket=BUCKETS[UPLOADS], Key=key, Body=data)

    def serve(self) -> None:
        store = S3Store(self.s3, BUCKETS[MODELS])
        registry_of(mall_model(), mall_model(), champion="v1", store=store)

    def results(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKETS[RESULTS])
        return [item["Key"] for item in found.get("Contents", [])]

    def report(self, key: str) -> dict[str, Any] | None:
        if not self.has(BUCKETS[RESULTS], Outputs.of(key).report):
            return None
        found = self.s3.get_object(Bucket=BUCKETS[RESULTS], Key=Outputs.of(key).report)
        report: dict[str, Any] = json.loads(found["Body"].read())
        return report


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", PART_BYTES)
    with mock_aws():
        client = boto3.Session().client("s3")
        for name in BUCKETS.values():
            location: Any = {"LocationConstraint": "eu-central-1"}
            client.create_bucket(Bucket=name, CreateBucketConfiguration=location)
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        sqs = boto3.Session().client("sqs")
        queue = sqs.create_queue(QueueName="uploads", Attributes={"VisibilityTimeout": "960"})
        yield Account(client, sqs, queue["QueueUrl"])


@pytest.fixture
def lambdas(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambdas]:
    monkeypatch.setattr(logger.handlers[0], "stream", io.StringIO())
    yield Lambdas(account, monkeypatch)
    handler.service.cache_clear()


class Lambdas:
    """Both functions in the environment of the template, in roles of the test's choice."""

    def __init__(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        self._account = account
        self._monkeypatch = monkeypatch

    def take(self, function: str, grants: Set[Grant]) -> Role:
        """Begin a new sandbox of a function."""
        role = Role(grants, self._account.has, QUEUE)
        variables = STACK[function]["Environment"]["Variables"]
        for name, value in (variables | {"MODEL_TTL_SECONDS": "0"}).items():
            self._monkeypatch.setenv(name, value)
        self._monkeypatch.setenv("QUEUE_URL", self._account.queue_url)
        self._monkeypatch.setattr(botocore.session, "get_session", role.session)
        self._monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        self._monkeypatch.setattr(serving, "_cache", functools.cache(serving._cache.__wrapped__))
        small_parts = functools.partial(s3.S3Bucket, part_bytes=PART_BYTES)
        self._monkeypatch.setattr(records, "BLOCK_BYTES", PART_BYTES)
        self._monkeypatch.setattr(service, "S3Bucket", small_parts)
        handler.service.cache_clear()
        return role

    def deliver_of(self, account: Account, key: str, data: bytes = mall_csv(MALL_ROW)) -> str:
        """Drop a file and deliver it."""
        account.drop(key, data)
        return self.deliver(key)

    def deliver(self, key: str, **rescore: str) -> str:
        """Hand score the message about a key; give what became of the message."""
        name = BUCKETS[UPLOADS]
        body: dict[str, Any] = {"rescore": {"bucket": name, "key": key, **rescore}}
        if not rescore:
            notified = {"bucket": {"name": name}, "object": {"key": quote_plus(key)}}
            body = {"Records": [{"s3": notified}]}
        sqs, url = self._account.sqs, self._account.queue_url
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        record = {
            "eventSource": "aws:sqs",
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
        }
        with contextlib.redirect_stdout(io.StringIO()):
            failed = handler.lambda_handler({"Records": [record]}, Context())["batchItemFailures"]
        if failed:
            return "put off"
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return "done"


def everything_that_score_does(account: Account, lambdas: Lambdas) -> dict[str, str]:
    """Take score through all of its work; give what became of each message."""
    first = {"no champion yet": lambdas.deliver_of(account, "early.csv")}
    account.serve()
    # So long that rows are written before the damage at its end is met.
    rows = [f"1,M,x,1,1,{'note ' * 400}"] * 700
    damaged = gzip.compress(mall_csv(*rows, header=f"{MALL_HEADER},note"), 1)[:-8]
    return first | {
        "scored": lambdas.deliver_of(account, "a.csv"),
        "delivered twice": lambdas.deliver("a.csv"),
        "overwritten": lambdas.deliver_of(account, "a.csv", mall_csv(MALL_ROW, "2,F,x,1,1")),
        "refused in the middle": lambdas.deliver_of(account, "b.csv.gz", damaged),
        "scored again": lambdas.deliver("a.csv", model_version="v2"),
        "deleted": lambdas.deliver("gone.csv"),
    }


def test_score_gets_by_on_its_grants_and_uses_each(account: Account, lambdas: Lambdas) -> None:
    role = lambdas.take("ScoreFunction", SCORE)

    ended = everything_that_score_does(account, lambdas)

    assert role.denied == set()
    assert ended.pop("no champion yet") == "put off"
    assert set(ended.values()) == {"done"}
    assert role.used == SCORE - CALLED_BY_LAMBDA
    report = account.report("a.csv")
    assert report is not None
    assert report["model_version"] == "v2"
    assert report["rows"] == {"read": 2, "scored": 1, "rejected": 1}


@pytest.mark.parametrize("missing", sorted(SCORE - CALLED_BY_LAMBDA))
def test_without_any_one_of_them_work_is_put_off_and_nothing_is_lost(
    missing: Grant, account: Account, lambdas: Lambdas
) -> None:
    role = lambdas.take("ScoreFunction", SCORE - {missing})

    ended = everything_that_score_does(account, lambdas)

    put_off = {name for name, end in ended.items() if end == "put off"}
    assert role.denied == {missing}
    assert "no champion yet" in put_off
    assert (len(put_off) > 1) == (missing not in NICETIES)
    for name, key in (("scored", "a.csv"), ("refused in the middle", "b.csv.gz")):
        assert ended[name] == "put off" or account.report(key) is not None


def test_scoring_again_gets_by_on_its_grants_and_uses_each() -> None:
    # Step Functions itself makes the calls, so what they need is told by the definition.
    text = (ROOT / "infra" / "statemachines" / "rescore.asl.json").read_text(encoding="utf-8")
    values = STACK["RescoreStateMachine"]["DefinitionSubstitutions"]
    definition = json.loads(Template(text).safe_substitute(values))
    needed = {grant for _, value in walk(definition) for grant in grants_of_call(value)}
    own = {grant for grant in STACK.grants("RescoreRole") if grant[0].startswith("states:")}
    logs = {grant for grant in STACK.grants("RescoreRole") if grant[0].startswith("logs:")}

    assert "${" not in json.dumps(definition)
    assert needed == STACK.grants("RescoreRole") - own - logs


def grants_of_call(state: Any) -> set[Grant]:
    """What one call of a definition needs, by the AWS page of its service integration."""
    if not isinstance(state, dict) or "Resource" not in state:
        return set()
    call, parameters = state["Resource"].rpartition(":::")[2], state["Parameters"]
    if call == "lambda:invoke":
        return {("lambda:InvokeFunction", parameters["FunctionName"])}
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if call == "s3:listObjectsV2":
        return {("s3:ListBucket", bucket)}
    # A result writer checks and, for long results, joins what it wrote.
    writing = ("GetObject", "PutObject", "ListMultipartUploadParts", "AbortMultipartUpload")
    actions = {"s3:getObject": ("GetObject",), "s3:putObject": writing}[call]
    return {(f"s3:{action}", f"{bucket}/rescore/*") for action in actions}


def test_predict_gets_by_on_its_grants_and_uses_each(account: Account, lambdas: Lambdas) -> None:
    role = lambdas.take("PredictFunction", PREDICT)

    before = call("GET", "/health")
    account.serve()
    after = call("GET", "/health")

    assert (before.status, after.status) == (503, 200)
    assert before.json["detail"] == "no model has been promoted yet"
    assert role.denied == set()
    assert role.used == PREDICT - CALLED_BY_LAMBDA


class TestWhereMissingKeysAreAnswered403:
    """What S3 does for a role that may not list the bucket."""

    def test_an_upload_is_put_off_and_not_taken_for_deleted(
        self, account: Account, lambdas: Lambdas
    ) -> None:
        account.serve()
        lambdas.take("ScoreFunction", SCORE - {("s3:ListBucket", UPLOADS)})

        assert lambdas.deliver("late.csv") == "put off"
        assert lambdas.deliver_of(account, "late.csv") == "done"
        assert account.report("late.csv") is not None

    def test_outputs_are_not_taken_for_absent(self, account: Account, lambdas: Lambdas) -> None:
        account.serve()
        role = lambdas.take("ScoreFunction", SCORE - {("s3:ListBucket", RESULTS)})

        assert lambdas.deliver_of(account, "a.csv") == "put off"
        assert account.results() == []
        assert ("sqs:ChangeMessageVisibility", QUEUE) in role.used, "it comes back soon"
        lambdas.take("ScoreFunction", SCORE)
        assert lambdas.deliver("a.csv") == "done"
        assert len(account.results()) == 3

    def test_no_champion_yet_is_put_off_until_there_is_one(
        self, account: Account, lambdas: Lambdas
    ) -> None:
        lambdas.take("ScoreFunction", SCORE - {("s3:ListBucket", MODELS)})

        assert lambdas.deliver_of(account, "a.csv") == "put off"
        assert account.results() == []
        account.serve()
        assert lambdas.deliver("a.csv") == "done"

    def test_predict_says_that_it_cannot_serve_now(
        self, account: Account, lambdas: Lambdas
    ) -> None:
        lambdas.take("PredictFunction", PREDICT - {("s3:ListBucket", MODELS)})

        reply = call("GET", "/health")

        assert reply.status == 503
        assert reply.json["detail"] == "the model cannot be read at the moment"

    def test_predict_serves_on_when_the_champion_is_gone(
        self, account: Account, lambdas: Lambdas
    ) -> None:
        account.serve()
        lambdas.take("PredictFunction", PREDICT - {("s3:ListBucket", MODELS)})
        assert call("GET", "/health").status == 200

        account.s3.delete_object(Bucket=BUCKETS[MODELS], Key=CHAMPION_KEY)

        assert call("GET", "/health").status == 200
