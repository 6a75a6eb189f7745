"""The state machine of template.yaml at work: run by moto, calling the real handler."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.aws_server import REGION, AwsServer
from infra.local.errors import FunctionError
from infra.local.invocations import Invocations
from score import handler
from score.outputs import Outputs
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.support.cli import segment
from tests.support.csvs import MALL_ROW, mall_csv
from tests.support.models import mall_model

pytestmark = pytest.mark.slow

DEFINITION = Path(__file__).parents[3] / "infra" / "statemachines" / "rescore.asl.json"
FUNCTION = f"arn:aws:lambda:{REGION}:123456789012:function:score"
POISON = b"\x89PNG\r\n\x1a\n" + bytes(100)


class Context:
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


class Score:
    """The function's real handler, one call at a time, with faults before it.

    Attributes
    ----------
    faults
        Errors to answer with, by key, one for each call.
    written
        Keys whose outputs a call wrote.
    calls
        How often each key was asked for.
    before
        Called before each call.
    """

    def __init__(self) -> None:
        self.faults: dict[str, list[str]] = {}
        self.written: list[str] = []
        self.calls: Counter[str] = Counter()
        self.before: Callable[[], None] = lambda: None
        self._one_at_a_time = threading.Lock()

    def __call__(self, event: Any) -> Any:
        with self._one_at_a_time:
            self.before()
            key = event["rescore"]["key"]
            self.calls[key] += 1
            if self.faults.get(key):
                raise FunctionError(self.faults[key].pop(0), "as the test wants it")
            try:
                answer = handler.lambda_handler(event, Context())
            except Exception as exc:
                raise FunctionError(type(exc).__name__, str(exc)) from exc
            self.written += [one["key"] for one in answer["uploads"] if one["written"]]
            return answer


class Cloud:
    """Buckets, registry and state machine, with nothing that reacts to new uploads."""

    def __init__(self, aws: AwsServer, score: Score) -> None:
        session: Any = aws.session
        self.s3 = session.client("s3", endpoint_url=aws.endpoint_url)
        self.steps = session.client("stepfunctions", endpoint_url=aws.endpoint_url)
        self.score = score
        for name in ("uploads", "results", "models"):
            self.s3.create_bucket(Bucket=name)
            self.s3.put_bucket_versioning(
                Bucket=name, VersioningConfiguration={"Status": "Enabled"}
            )
        self.registry = Registry(S3Store(self.s3, "models"))
        values = {
            "Partition": "aws",
            "ScoreFunction": FUNCTION,
            "UploadsBucket": "uploads",
            "ResultsBucket": "results",
            "MaximumConcurrency": "4",
        }
        text = DEFINITION.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", value)
        self.arn: str = self.steps.create_state_machine(
            name="rescore", definition=text, roleArn="arn:aws:iam::123456789012:role/rescore"
        )["stateMachineArn"]

    def publish(self, *, serves: bool = True) -> str:
        version = self.registry.publish(mall_model()).version
        if serves:
            self.registry.promote(version, by="test", why="")
        return version

    def drop(self, key: str, data: bytes = mall_csv(MALL_ROW)) -> None:
        self.s3.put_object(Bucket="uploads", Key=key, Body=data)

    def report(self, key: str) -> Any:
        name = Outputs.of(key).report
        return json.loads(self.s3.get_object(Bucket="results", Key=name)["Body"].read())


def told(*args: object) -> Any:
    """The command's JSON, without the metrics that the handler prints to the same place."""
    lines = segment(*args, "--json").out.splitlines()
    return json.loads("\n".join(line for line in lines if not line.startswith('{"_aws"')))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    calls, score = Invocations(), Score()
    aws = AwsServer(0, tmp_path / "log", calls.port)
    aws.wait_until_ready()
    calls.endpoint_url, calls.functions = aws.endpoint_url, {FUNCTION: score}
    made = Cloud(aws, score)
    variables = {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "UPLOADS_BUCKET": "uploads",
        "RESULTS_BUCKET": "results",
        "SEGMENT_REGISTRY": "s3://models",
        "RESCORE_STATE_MACHINE": made.arn,
        "MODEL_TTL_SECONDS": "0",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr("operations.rescore.POLL_SECONDS", 0.2)
    handler.service.cache_clear()
    yield made
    handler.service.cache_clear()
    made.s3.close()
    made.steps.close()
    aws.stop()
    calls.stop()


def test_hundreds_of_uploads_are_scored_again_and_what_failed_is_done_by_the_next_run(
    cloud: Cloud,
) -> None:
    cloud.publish()
    good = [f"november/{number:03}.csv" for number in range(490)]
    awkward = [f"november/{name}" for name in ("a b.csv", "a+b.csv", "50%41.csv", 'ü,".csv')]
    poison = [f"november/photo {number}.csv" for number in range(10)]
    for key in good + awkward:
        cloud.drop(key)
    for key in poison:
        cloud.drop(key, POISON)
    cloud.drop("november-old/other.csv")
    cloud.drop("november/", b"")
    assert told("rescore", "november/0")["run"]["succeeded"] == 100
    version = cloud.publish()
    cloud.score.written.clear()
    cloud.score.faults = {
        **{key: ["TransientError", "Lambda.TooManyRequestsException"] for key in good[:15]},
        **{key: ["MemoryError"] for key in good[300:312]},
    }

    first = segment("rescore", "november/")

    assert first.code == 1
    assert "493 of 505 uploads have their outputs now, 12 failed, 0 left" in first.err
    assert "segment rescore --resume tries again what is left" in first.err
    assert len(cloud.score.written) == 504 - 12, "a folder is no upload"
    assert all(cloud.score.calls[key] >= 3 for key in good[:15])

    cloud.score.written.clear()
    resumed = segment("rescore", "--resume")

    assert resumed.code == 0
    assert "505 of 505 uploads have their outputs now, 0 failed, 0 left" in resumed.err
    assert sorted(cloud.score.written) == good[300:312], "the others cost a look each"
    reports = {key: cloud.report(key) for key in good + awkward + poison}
    assert {one["model_version"] for one in reports.values()} == {version}
    assert Counter(one["status"] for one in reports.values()) == {"scored": 494, "refused": 10}
    assert "november-old/other.csv" not in cloud.score.calls


def test_what_is_missing_waits_for_a_champion_and_stays_with_whoever_scored_before(
    cloud: Cloud,
) -> None:
    first = cloud.publish(serves=False)
    cloud.drop("by the first.csv")
    cloud.drop("whole.csv")
    assert told("rescore", "--model", first)["run"]["succeeded"] == 2
    cloud.s3.delete_object(Bucket="results", Key="scored/by the first.csv.parquet")
    cloud.drop("new.csv")

    def promote_late() -> None:
        if cloud.score.calls["new.csv"] == 1:
            cloud.score.before = lambda: None
            cloud.publish()

    cloud.score.before = promote_late
    answer = told("rescore", "--missing")

    assert [one["key"] for one in answer["uploads"]] == ["by the first.csv", "new.csv"]
    assert {name: answer["run"][name] for name in ("total", "succeeded", "failed", "left")} == {
        "total": 2,
        "succeeded": 2,
        "failed": 0,
        "left": 0,
    }
    assert cloud.score.calls["new.csv"] > 1
    assert cloud.report("new.csv")["model_version"] == "v2"
    assert cloud.report("by the first.csv")["model_version"] == first
    assert told("rescore", "--missing")["run"] is None


def test_a_version_that_is_gone_fails_every_upload_and_says_so(cloud: Cloud) -> None:
    version = cloud.publish()
    cloud.drop("a.csv")
    cloud.score.before = lambda: cloud.s3.delete_object(
        Bucket="models", Key=f"models/{version}/model.json"
    )

    outcome = segment("rescore", "--model", version)

    assert outcome.code == 1
    assert "0 of 1 upload have their outputs now, 1 failed, 0 left" in outcome.err


def test_the_manifest_of_a_run_is_in_the_results_bucket(cloud: Cloud) -> None:
    cloud.publish()
    cloud.drop("a.csv")

    run = told("rescore")["run"]

    bucket, key = run["result_files"].removeprefix("s3://").split("/", 1)
    manifest = json.loads(cloud.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert key.startswith(f"rescore/{run['name']}/")
    assert manifest["DestinationBucket"] == "results"
    assert set(manifest["ResultFiles"]) == {"FAILED", "PENDING", "SUCCEEDED"}
