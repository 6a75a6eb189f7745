"""The score function from event to outputs, over S3 and SQS as moto has them."""

from __future__ import annotations

import io
import json
import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import boto3
import pyarrow.parquet
import pytest

from score import handler, s3, service
from score.handler import lambda_handler
from segmentation.errors import (
    DocumentError,
    NoChampion,
    SettingsError,
    TransientError,
    UnknownVersion,
)
from segmentation.registry import Registry, model_key
from segmentation_aws.observability import logger
from segmentation_aws.store import S3Store
from tests.support.api import CurrentStdout
from tests.support.csvs import MALL_HEADER, MALL_ROW, mall_csv, score
from tests.support.models import mall_model, registry_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

EVENTS = Path(__file__).parents[2] / "events"
AWKWARD_KEYS = (
    "autumn sale/Z\u00fcrich 100%+new.csv",
    "a//b/../c d.csv",
    "%2F+%20&=?#.csv",
    "no suffix",
    "CUSTOMERS.CSV",
    "\U0001f600.csv",
    "x" * 1_000,
)


@dataclass(frozen=True)
class Context:
    """What the function asks of Lambda's context."""

    seconds: float = 840

    def get_remaining_time_in_millis(self) -> int:
        return round(self.seconds * 1000)


@dataclass(frozen=True)
class Sandbox:
    """The function as Lambda would run it, with what stands around it."""

    s3: S3Client
    sqs: SQSClient
    queue_url: str
    registry: Registry

    def drop(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket="uploads", Key=key, Body=data)

    def send(self, body: object) -> dict[str, Any]:
        """Put a message on the queue, and give the event with which Lambda hands it on."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=text)
        event = self.receive()
        assert event is not None
        return event

    def receive(self) -> dict[str, Any] | None:
        received = self.sqs.receive_message(
            QueueUrl=self.queue_url, MessageSystemAttributeNames=["All"]
        )
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "eventSource": "aws:sqs",
            }
            for message in received.get("Messages", [])
        ]
        return {"Records": records} if records else None

    def result(self, name: str) -> bytes:
        return self.s3.get_object(Bucket="results", Key=name)["Body"].read()

    def report(self, key: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.result(f"reports/{key}.json"))
        return report

    def table(self, key: str) -> Any:
        return pyarrow.parquet.read_table(io.BytesIO(self.result(f"scored/{key}.parquet")))

    def results(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket="results")
        return [item["Key"] for item in listed.get("Contents", [])]


def notification(*keys: str) -> dict[str, Any]:
    return {
        "Records": [
            {"s3": {"bucket": {"name": "uploads"}, "object": {"key": quote_plus(key)}}}
            for key in keys
        ]
    }


@pytest.fixture
def sandbox(s3: S3Client, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    sqs = boto3.client("sqs", endpoint_url=endpoint)
    queue = sqs.create_queue(QueueName="uploads", Attributes={"VisibilityTimeout": "900"})
    monkeypatch.setenv("SEGMENT_REGISTRY", "s3://models")
    monkeypatch.setenv("RESULTS_BUCKET", "results")
    monkeypatch.setenv("QUEUE_URL", queue["QueueUrl"])
    monkeypatch.setenv("MODEL_TTL_SECONDS", "0")
    monkeypatch.setattr(logger.handlers[0], "stream", CurrentStdout())
    handler.service.cache_clear()
    registry = registry_of(mall_model(), mall_model(), champion="v1", store=S3Store(s3, "models"))
    yield Sandbox(s3, sqs, queue["QueueUrl"], registry)
    handler.service.cache_clear()


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Give the lines that the function logged, metrics among them."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def logs(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if "_aws" not in line]


def metrics(lines: list[dict[str, Any]]) -> dict[str, list[float]]:
    return {
        metric["Name"]: line[metric["Name"]]
        for line in lines
        if "_aws" in line
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


def test_a_dropped_file_ends_in_its_three_outputs(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW, "2,x,1,1,1"))

    answer = lambda_handler(sandbox.send(notification("customers.csv")), Context())

    assert answer == {"batchItemFailures": []}
    assert sandbox.results() == [
        "rejected/customers.csv.csv",
        "reports/customers.csv.json",
        "scored/customers.csv.parquet",
    ]
    report = sandbox.report("customers.csv")
    assert report["status"] == "partly_scored"
    assert report["rows"] == {"read": 2, "scored": 1, "rejected": 1}
    for output in report["outputs"].values():
        found = sandbox.s3.head_object(Bucket="results", Key=output["key"])
        assert (found["ETag"], found["VersionId"]) == (output["etag"], output["version_id"])
    assert sandbox.table("customers.csv")["segment"].to_pylist() == [2]


def test_a_bare_notification_works_like_one_from_the_queue(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))

    answer = lambda_handler(notification("customers.csv"), Context())

    assert answer == {
        "uploads": [
            {
                "bucket": "uploads",
                "key": "customers.csv",
                "status": "scored",
                "rows": {"read": 1, "scored": 1, "rejected": 0},
                "written": True,
            }
        ]
    }


@pytest.mark.parametrize("key", AWKWARD_KEYS, ids=range(len(AWKWARD_KEYS)))
def test_keys_with_spaces_plus_percent_slashes_and_other_scripts(
    sandbox: Sandbox, key: str
) -> None:
    sandbox.drop(key, mall_csv(MALL_ROW))

    lambda_handler(sandbox.send(notification(key)), Context())

    assert sandbox.report(key)["source"]["key"] == key
    assert sandbox.report(key)["status"] == "scored"
    assert sandbox.table(key).num_rows == 1


def test_a_key_of_1024_bytes_gets_a_report(sandbox: Sandbox) -> None:
    key = "\u00fc" * 512
    sandbox.drop(key, mall_csv(MALL_ROW))

    assert lambda_handler(sandbox.send(notification(key)), Context()) == {"batchItemFailures": []}

    (name,) = sandbox.results()
    assert name.startswith("reports/_long/")
    report = json.loads(sandbox.result(name))
    assert report["refusal"]["code"] == "key_too_long"
    assert report["source"]["key"] == key
    lambda_handler(notification(key), Context())
    assert json.loads(sandbox.result(name)) == report, "the second event has nothing to do"


def test_a_folder_key_is_ignored(sandbox: Sandbox) -> None:
    sandbox.drop("folder/", b"")

    assert lambda_handler(notification("folder/"), Context()) == {"uploads": []}
    assert sandbox.results() == []


def test_an_upload_that_vanished_is_done(sandbox: Sandbox) -> None:
    answer = lambda_handler(sandbox.send(notification("gone.csv")), Context())

    assert answer == {"batchItemFailures": []}
    assert sandbox.results() == []


@pytest.mark.parametrize("name", ["s3-test-event", "sqs-s3-test-event", "s3-put-folder"])
def test_events_about_no_upload_do_nothing(sandbox: Sandbox, name: str) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))

    answer = lambda_handler(event, Context())

    assert answer in ({"batchItemFailures": []}, {"uploads": []})
    assert sandbox.results() == []


def test_a_bad_upload_is_an_answer_and_no_failure(sandbox: Sandbox) -> None:
    sandbox.drop("photo.csv", b"\x89PNG\r\n")

    answer = lambda_handler(sandbox.send(notification("photo.csv")), Context())

    assert answer == {"batchItemFailures": []}
    assert sandbox.report("photo.csv")["refusal"]["code"] == "not_text"
    assert sandbox.table("photo.csv").num_rows == 0


def test_an_upload_of_many_parts_is_scored_as_a_whole(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SmallRanges(s3.S3Bucket):
        def __init__(self, client: S3Client, name: str) -> None:
            super().__init__(client, name, 5 << 20 if name == "results" else 100_000)

    monkeypatch.setattr(service, "S3Bucket", SmallRanges)
    data = mall_csv(*[f"{number},F,{number % 80},{number / 7},50" for number in range(40_000)])
    sandbox.drop("large.csv", data)

    lambda_handler(notification("large.csv"), Context())

    assert len(data) > 1_000_000
    report = sandbox.report("large.csv")
    assert report["rows"] == {"read": 40_000, "scored": 40_000, "rejected": 0}
    assert report["bytes_read"] == len(data)
    here = score(mall_model(), data).table
    assert sandbox.table("large.csv").equals(here)


def test_an_upload_and_an_output_of_several_parts_of_the_real_size(sandbox: Sandbox) -> None:
    chance = random.Random(1)
    notes = [chance.randbytes(150).hex() for _ in range(62_000)]
    data = mall_csv(*(f"{MALL_ROW},{note}" for note in notes), header=f"{MALL_HEADER},note")
    sandbox.drop("large.csv", data)

    lambda_handler(notification("large.csv"), Context())

    head = sandbox.s3.head_object(Bucket="results", Key="scored/large.csv.parquet")
    assert len(data) > 2 * s3.PART_BYTES
    assert head["ContentLength"] > s3.PART_BYTES
    assert "-" in head["ETag"]
    assert sandbox.table("large.csv")["note"].to_pylist() == notes
    assert "Uploads" not in sandbox.s3.list_multipart_uploads(Bucket="results")


class TimeRunsOut(Context):
    """A minute when scoring begins, and next to nothing once something was read."""

    looks = 0

    def get_remaining_time_in_millis(self) -> int:
        self.looks += 1
        return 60_000 if self.looks < 2 else 5_000


def test_an_upload_that_cannot_be_finished_in_time_is_refused(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(*[MALL_ROW] * 200_000))

    lambda_handler(notification("customers.csv"), TimeRunsOut())

    refusal = sandbox.report("customers.csv")["refusal"]
    assert refusal["code"] == "takes_too_long"
    assert "split the file" in refusal["message"]


def test_an_upload_for_which_no_time_was_left_at_all_is_tried_again(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))

    with pytest.raises(TransientError, match="too little time was left"):
        lambda_handler(notification("customers.csv"), Context(seconds=5))


def test_a_second_event_for_the_same_upload_writes_nothing(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    lambda_handler(notification("customers.csv"), Context())
    before = sandbox.s3.list_object_versions(Bucket="results")["Versions"]

    answer = lambda_handler(notification("customers.csv"), Context())

    assert answer["uploads"][0]["written"] is False
    assert sandbox.s3.list_object_versions(Bucket="results")["Versions"] == before


def test_an_overwritten_upload_replaces_its_results(sandbox: Sandbox) -> None:
    for rows in (["bad", MALL_ROW], [MALL_ROW, MALL_ROW, MALL_ROW]):
        sandbox.drop("customers.csv", mall_csv(*rows))
        lambda_handler(notification("customers.csv"), Context())

    assert sandbox.report("customers.csv")["rows"] == {"read": 3, "scored": 3, "rejected": 0}
    assert sandbox.table("customers.csv").num_rows == 3


def test_a_rescore_request_uses_its_model(sandbox: Sandbox) -> None:
    sandbox.drop("a+b.csv", mall_csv(MALL_ROW))
    lambda_handler(notification("a+b.csv"), Context())
    request = {"rescore": {"bucket": "uploads", "key": "a+b.csv", "model_version": "v2"}}

    lambda_handler(sandbox.send(request), Context())

    assert sandbox.report("a+b.csv")["model_version"] == "v2"
    assert sandbox.table("a+b.csv")["model_version"].to_pylist() == ["v2"]


def test_a_promotion_is_picked_up_for_the_next_upload(sandbox: Sandbox) -> None:
    for version in ("v1", "v2"):
        sandbox.registry.promote(version, by="tests", why="a test needs it")
        sandbox.drop(f"{version}.csv", mall_csv(MALL_ROW))
        lambda_handler(notification(f"{version}.csv"), Context())

        assert sandbox.report(f"{version}.csv")["model_version"] == version


def test_without_a_champion_the_message_comes_back_soon_and_is_not_lost(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], list[dict[str, Any]]],
) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: 0.0)  # back at once
    sandbox.s3.delete_object(Bucket="models", Key="aliases/champion.json")
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    event = sandbox.send(notification("customers.csv"))

    answer = lambda_handler(event, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
    assert sandbox.results() == []
    lines = printed()
    (line,) = logs(lines)
    assert (line["level"], line["message"]) == ("WARNING", "upload put off")
    assert (line["error"], line["seconds"]) == ("NoChampion", 0)
    assert metrics(lines) == {"UploadsPutOff": [1.0]}
    again = sandbox.receive()
    assert again is not None, "the message is visible again long before the queue's 900 seconds"
    sandbox.registry.promote("v1", by="tests", why="a test needs it")
    assert lambda_handler(again, Context()) == {"batchItemFailures": []}
    assert sandbox.report("customers.csv")["status"] == "scored"


@pytest.mark.parametrize(
    ("receives", "least", "most"), [(1, 5, 15), (2, 10, 30), (5, 80, 240), (50, 150, 450)]
)
def test_a_message_waits_longer_each_time(
    sandbox: Sandbox,
    printed: Callable[[], list[dict[str, Any]]],
    receives: int,
    least: int,
    most: int,
) -> None:
    sandbox.s3.delete_object(Bucket="models", Key="aliases/champion.json")
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    event = sandbox.send(notification("customers.csv"))
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(receives)

    lambda_handler(event, Context())

    (line,) = logs(printed())
    assert least <= line["seconds"] <= most
    assert sandbox.receive() is None


def test_a_bare_event_that_fails_raises(sandbox: Sandbox) -> None:
    sandbox.s3.delete_object(Bucket="models", Key="aliases/champion.json")
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))

    with pytest.raises(NoChampion):
        lambda_handler(notification("customers.csv"), Context())


def test_one_bad_message_does_not_hold_the_others_up(sandbox: Sandbox) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    bad, good = sandbox.send("please score my file"), sandbox.send(notification("customers.csv"))

    answer = lambda_handler({"Records": bad["Records"] + good["Records"]}, Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": bad["Records"][0]["messageId"]}]}
    assert sandbox.report("customers.csv")["status"] == "scored"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("please score my file", "event"),
        ([1], "event"),
        ({"Records": [{"s3": {}}]}, "event.Records[0].s3.object"),
        ({"rescore": {"bucket": "uploads"}}, "event.rescore.key"),
    ],
)
def test_a_malformed_event_is_handed_back_and_its_field_is_named(
    sandbox: Sandbox, printed: Callable[[], list[dict[str, Any]]], body: object, field: str
) -> None:
    answer = lambda_handler(sandbox.send(body), Context())

    assert len(answer["batchItemFailures"]) == 1
    lines = printed()
    (line,) = logs(lines)
    assert (line["level"], line["error"]) == ("ERROR", "DocumentError")
    assert line["reason"].startswith(f"{field}: ")
    assert metrics(lines) == {"UploadsFailed": [1.0]}


def test_a_damaged_model_document_is_refused_by_the_name_of_its_field(
    sandbox: Sandbox, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    document = json.loads(mall_model().to_json())
    document["segments"][1]["radius"] = "wide"
    sandbox.s3.put_object(Bucket="models", Key=model_key("v1"), Body=json.dumps(document).encode())
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))

    answer = lambda_handler(sandbox.send(notification("customers.csv")), Context())

    assert len(answer["batchItemFailures"]) == 1
    assert sandbox.results() == []
    (line,) = logs(printed())
    assert line["error"] == "DocumentError"
    assert "segments[1].radius" in line["reason"]
    with pytest.raises(DocumentError):
        lambda_handler(notification("customers.csv"), Context())


def test_a_rescore_with_a_model_that_does_not_exist_names_it(
    sandbox: Sandbox, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    request = {"rescore": {"bucket": "uploads", "key": "customers.csv", "model_version": "v9"}}

    assert len(lambda_handler(sandbox.send(request), Context())["batchItemFailures"]) == 1

    (line,) = logs(printed())
    assert line["error"] == UnknownVersion.__name__
    assert "v9" in line["reason"]


def test_missing_settings_are_all_named(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], list[dict[str, Any]]],
) -> None:
    event = sandbox.send(notification("customers.csv"))
    monkeypatch.delenv("SEGMENT_REGISTRY")
    monkeypatch.delenv("RESULTS_BUCKET")

    assert len(lambda_handler(event, Context())["batchItemFailures"]) == 1

    (line,) = logs(printed())
    assert line["error"] == SettingsError.__name__
    assert "SEGMENT_REGISTRY" in line["reason"]
    assert "RESULTS_BUCKET" in line["reason"]


def test_trouble_with_s3_is_put_off(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    printed: Callable[[], list[dict[str, Any]]],
) -> None:
    monkeypatch.setenv("RESULTS_BUCKET", "no-such-bucket")
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))

    answer = lambda_handler(sandbox.send(notification("customers.csv")), Context())

    assert len(answer["batchItemFailures"]) == 1
    (line,) = logs(printed())
    assert line["error"] == TransientError.__name__
    assert "NoSuchBucket" in line["reason"]


def test_metrics_are_business_facts(
    sandbox: Sandbox, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW, MALL_ROW, "bad"))
    sandbox.drop("empty.csv", b"")

    lambda_handler(notification("customers.csv", "empty.csv"), Context())

    lines = printed()
    seconds = [sandbox.report(key)["seconds"] for key in ("customers.csv", "empty.csv")]
    counted = metrics(lines)
    assert counted.pop("ModelAgeDays")
    assert counted == {
        "UploadsScored": [1.0],
        "UploadsRefused": [1.0],
        "RowsScored": [2.0, 0.0],
        "RowsRejected": [1.0, 0.0],
        "ScoreSeconds": seconds,
    }
    *_, emf = [line for line in lines if "_aws" in line]
    assert emf["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Segmentation"
    first, second = logs(lines)
    assert first["message"] == second["message"] == "upload delivered"
    assert first["rows"] == {"read": 3, "scored": 2, "rejected": 1}
    assert second["status"] == "refused"


def test_what_was_not_written_is_not_counted(
    sandbox: Sandbox, printed: Callable[[], list[dict[str, Any]]]
) -> None:
    sandbox.drop("customers.csv", mall_csv(MALL_ROW))
    lambda_handler(notification("customers.csv"), Context())
    printed()

    lambda_handler(notification("customers.csv", "gone.csv"), Context())

    lines = printed()
    assert metrics(lines) == {}
    assert [line["status"] for line in logs(lines)] == ["scored", "deleted"]


def test_nothing_of_a_customer_is_ever_logged(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "jane.doe@example.com"
    header = f"{MALL_HEADER},mail"
    uploads = {
        "good.csv": mall_csv(f"{MALL_ROW},{secret}", header=header),
        "bad.csv": mall_csv(f"{secret},{secret},1,1,1,x", secret, f"1,M,{secret},1,1,x"),
        "none.csv": f"{secret},Male,19,15,39\n".encode(),
        "missing.csv": f"mail\n{secret}\n".encode(),
        "open.csv": f'{header}\n1,"{secret},1,1,1,'.encode(),
    }
    for key, data in uploads.items():
        sandbox.drop(key, data)
        lambda_handler(sandbox.send(notification(key)), Context())

    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"cannot handle {secret}")

    monkeypatch.setattr(service, "deliver", fail)
    answer = lambda_handler(sandbox.send(notification("good.csv")), Context())
    with pytest.raises(RuntimeError) as raised:
        lambda_handler(notification("good.csv"), Context())

    assert len(answer["batchItemFailures"]) == 1
    assert secret not in "".join(traceback.format_exception(raised.value)), "Lambda would log it"
    captured = capsys.readouterr()
    assert captured.out.count("upload delivered") == len(uploads)
    assert '"error":"ValueError"' in captured.out
    assert secret not in captured.out + captured.err
