"""``segment dlq``: what waits, why, and back with it; and how many wait when one promotes."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.integration.operations.conftest import System, notification
from tests.support.cli import segment
from tests.support.csvs import mall_csv
from tests.support.models import mall_model, registry_of


def rescore_request(key: str, version: str) -> str:
    return json.dumps({"rescore": {"bucket": "uploads", "key": key, "model_version": version}})


def causes() -> dict[str | None, str]:
    told = segment("dlq", "list", "--json").json
    return {one["key"]: one["cause"] for letter in told["messages"] for one in letter["uploads"]}


def test_each_message_is_listed_with_its_reason(system: System) -> None:
    registry_of(mall_model(), store=_store(system))
    system.drop("trouble.csv")
    system.tell(notification("uploads", "trouble.csv"))
    system.tell(notification("uploads", "gone.csv"))
    system.scored("since.csv")
    system.tell(notification("uploads", "since.csv"))
    system.scored("older.csv")
    system.drop("older.csv", mall_csv("2,Female,30,80,75"))
    system.tell(notification("uploads", "older.csv"))
    system.scored("version.csv")
    system.tell(rescore_request("version.csv", "v7"))
    system.tell(notification("uploads", "folder/"))

    assert causes() == {
        "trouble.csv": "unknown",
        "gone.csv": "upload_gone",
        "since.csv": "done_since",
        "older.csv": "unknown",
        "version.csv": "model_unusable",
        None: "no_upload_named",
    }


def _store(system: System) -> Any:
    from segmentation_aws.store import S3Store

    return S3Store(system.s3, "models")


def test_without_a_champion_that_is_the_reason(system: System) -> None:
    system.drop("a.csv")
    system.tell(notification("uploads", "a.csv"))

    assert causes() == {"a.csv": "no_champion"}
    outcome = segment("dlq", "list")
    assert "there is no report; no model serves: promote one" in " ".join(outcome.out.split())
    assert "1 message in" in outcome.err


@pytest.mark.parametrize(
    "body", ["Ada Lovelace,36,120", "{", "[" * 100_000, "[]", '{"Records": [{"s3": "Ada"}]}', "{}"]
)
def test_a_malformed_message_is_one_without_its_text(system: System, body: str) -> None:
    system.tell(body)

    outcome = segment("dlq", "list", "--json")

    ((told,),) = [letter["uploads"] for letter in outcome.json["messages"]]
    assert told["cause"] == "malformed"
    assert "Ada" not in outcome.out
    assert "Ada" not in segment("dlq", "list").out


def test_a_look_takes_nothing_out(system: System) -> None:
    bodies = {notification("uploads", f"{number}.csv") for number in range(25)}
    for body in bodies:
        system.tell(body)

    first, second = (segment("dlq", "list", "--json").json["messages"] for _ in range(2))

    assert len(first) == len(second) == 25
    assert [one["id"] for one in first] == [one["id"] for one in second]
    assert {one["received"] for one in first} == {0}
    assert {one["received"] for one in second} == {1}
    assert len(system.waiting(system.dead_letters)) == 10  # all that one request gives


def test_a_look_that_breaks_off_hides_nothing(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.tell(notification("uploads", "a.csv"))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("operations.diagnosis.Doctor.diagnose", interrupted)

    assert segment("dlq", "list").refusal == "interrupted"
    assert len(system.waiting(system.dead_letters)) == 1


@pytest.mark.usefixtures("system")
def test_an_empty_queue_has_no_table() -> None:
    outcome = segment("dlq", "list")

    assert (outcome.code, outcome.out) == (0, "")
    assert "0 messages in" in outcome.err


def test_messages_go_back_and_are_handled(served: System) -> None:
    bodies = [notification("uploads", f"{number}.csv") for number in range(12)]
    for body in bodies:
        served.tell(body)

    told = segment("dlq", "redrive", "--json").json

    assert told == {"queue": served.dead_letters, "destination": served.queue, "moved": 12}
    assert served.waiting(served.dead_letters) == []
    received: list[str] = []
    while batch := served.sqs.receive_message(
        QueueUrl=served.queue, MaxNumberOfMessages=10, VisibilityTimeout=60
    ).get("Messages", []):
        received += [one["Body"] for one in batch]
    assert sorted(received) == sorted(bodies)


@pytest.mark.usefixtures("served")
def test_nothing_goes_back_from_an_empty_queue() -> None:
    assert "0 messages sent back to" in segment("dlq", "redrive").err


@pytest.mark.parametrize("command", ["list", "redrive"])
def test_a_queue_at_work_is_not_touched(system: System, command: str) -> None:
    body = notification("uploads", "a.csv")
    system.sqs.send_message(QueueUrl=system.queue, MessageBody=body)

    refusal = segment("dlq", command, "--queue", system.queue).refusal

    assert refusal == (
        f"no queues send their dead letters to {system.queue}, expected the dead-letter queue of "
        "one upload queue"
    )
    (message,) = system.sqs.receive_message(
        QueueUrl=system.queue, MessageSystemAttributeNames=["ApproximateReceiveCount"]
    )["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.parametrize("command", ["list", "redrive"])
def test_a_queue_that_is_not_there_is_named(system: System, command: str) -> None:
    nowhere = f"{system.dead_letters}-nowhere"

    assert segment("dlq", command, "--queue", nowhere).refusal == f"there is no queue {nowhere}"


@pytest.mark.usefixtures("system")
def test_a_results_bucket_or_registry_that_is_not_there_is_named() -> None:
    assert segment("dlq", "list", "--results", "nowhere").refusal == (
        'there is no bucket "nowhere", expected the results bucket'
    )
    assert segment("dlq", "list", "--registry", "s3://nowhere").refusal == (
        'no registry at "s3://nowhere": there is no bucket "nowhere"'
    )


def test_promoting_tells_how_many_wait(system: System) -> None:
    registry_of(mall_model(), mall_model(), champion="v1", store=_store(system))
    system.tell(notification("uploads", "a.csv"))

    told = segment("models", "promote", "v2", "--force", "--json").json
    outcome = segment("models", "promote", "v1", "--force")

    assert told["dead_letters"] == 1
    assert "1 message in the dead-letter queue: segment dlq redrive" in outcome.err


def test_promoting_never_fails_for_the_queue(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry_of(mall_model(), mall_model(), champion="v1", store=_store(system))

    outcome = segment("models", "promote", "v2", "--force", "--dlq", f"{system.queue}-nowhere")
    assert outcome.code == 0
    assert "could not be looked at: there is no queue" in outcome.err

    monkeypatch.delenv("DLQ_URL")
    monkeypatch.setattr(boto3, "client", _refuse_sqs(boto3.client))
    told = segment("models", "promote", "v1", "--force", "--json").json
    assert (told["version"], "dead_letters" in told) == ("v1", False)


def _refuse_sqs(make: Any) -> Any:
    def client(service: str, **options: Any) -> Any:
        assert service != "sqs", "no queue is known"
        return make(service, **options)

    return client
