"""``segment rescore --missing``: every upload without a matching report, and no other."""

from __future__ import annotations

import json

import pytest

from score.events import Message, uploads_of
from tests.integration.operations.conftest import System
from tests.support.cli import segment
from tests.support.csvs import mall_csv

DRY = ("rescore", "--missing", "--dry-run")

LONG = "a" * 1_010
AWKWARD = ["red flower.csv", "a+b.csv", "50%41.csv", "Größe (1)/ü.csv", "t\tab.csv"]


def reasons(*args: object) -> dict[str, str]:
    told = segment(*DRY, *args, "--json").json
    return {one["key"]: one["reason"] for one in told["missing"]}


def test_an_upload_without_a_matching_report_is_listed_with_the_reason(system: System) -> None:
    system.scored("good.csv")
    system.drop("never scored.csv")
    system.scored("dropped again.csv")
    system.drop("dropped again.csv", mall_csv("2,Female,30,80,75"))
    system.scored("same bytes again.csv")
    system.drop("same bytes again.csv")
    system.scored("output removed.csv")
    system.s3.delete_object(Bucket="results", Key="scored/output removed.csv.parquet")
    system.scored("output overwritten.csv")
    system.s3.put_object(
        Bucket="results", Key="rejected/output overwritten.csv.csv", Body=b"somebody"
    )
    system.scored("damaged report.csv")
    system.s3.put_object(Bucket="results", Key="reports/damaged report.csv.json", Body=b"{")
    system.scored("deleted.csv")
    system.s3.delete_object(Bucket="uploads", Key="deleted.csv")
    system.drop("folder/")

    assert reasons() == {
        "never scored.csv": "no_report",
        "dropped again.csv": "other_upload",
        "same bytes again.csv": "other_upload",
        "output removed.csv": "other_outputs",
        "output overwritten.csv": "other_outputs",
        "damaged report.csv": "no_report",
    }


def test_a_refused_upload_and_a_long_key_have_reports_that_match(system: System) -> None:
    system.scored("no csv at all.csv", b"\x00\x01")
    system.scored(LONG)

    assert reasons() == {}

    system.drop(LONG)
    assert reasons() == {LONG: "other_upload"}


def test_everything_that_was_looked_at_is_counted(system: System) -> None:
    for number in range(40):  # more than are under way at once
        system.drop(f"many/{number:02}.csv")
    system.scored("many/07.csv")

    told = segment(*DRY, "many/", "--json").json

    assert (told["checked"], len(told["missing"]), told["sent"]) == (40, 39, 0)
    assert [one["key"] for one in told["missing"]] == sorted(one["key"] for one in told["missing"])
    assert system.waiting(system.queue) == []


def test_a_prefix_limits_the_look(system: System) -> None:
    system.drop("a/1.csv")
    system.drop("b/1.csv")

    assert reasons("a/") == {"a/1.csv": "no_report"}


@pytest.mark.parametrize("key", [*AWKWARD, LONG])
def test_a_message_sent_has_the_upload_scored(system: System, key: str) -> None:
    system.drop(key)

    told = segment("rescore", "--missing", "--json").json
    (body,) = system.waiting(system.queue)
    (upload,) = uploads_of(Message(json.loads(body)))
    assert told["sent"] == 1
    assert (upload.bucket, upload.key, upload.model_version) == ("uploads", key, None)

    system.deliver(upload.key)
    assert reasons() == {}


def test_people_see_what_was_found_and_sent(system: System) -> None:
    system.drop("a.csv")
    system.scored("b.csv")

    outcome = segment("rescore", "--missing")

    assert "a.csv" in outcome.out
    assert "no report" in outcome.out
    assert "2 uploads looked at in s3://uploads/: 1 without a matching report" in outcome.err
    assert f"1 message sent to {system.queue}" in outcome.err


def test_a_key_does_nothing_to_the_terminal(system: System) -> None:
    system.drop("a\x1b[2J.csv")

    assert "a\\x1b[2J.csv" in segment(*DRY).out


@pytest.mark.usefixtures("system")
def test_nothing_to_do_sends_nothing() -> None:
    outcome = segment("rescore", "--missing")

    assert outcome.code == 0
    assert outcome.out == ""
    assert "0 uploads looked at" in outcome.err


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--uploads", 'there is no bucket "nowhere", expected the uploads bucket'),
        ("--results", 'there is no bucket "nowhere", expected the results bucket'),
    ],
)
def test_a_bucket_that_is_not_there_is_named(option: str, line: str) -> None:
    assert segment(*DRY, option, "nowhere").refusal == line


def test_a_queue_that_is_not_the_upload_queue_is_refused(system: System) -> None:
    system.drop("a.csv")

    refusal = segment("rescore", "--missing", "--queue", system.dead_letters).refusal
    assert refusal == f"{system.dead_letters} has no dead-letter queue, expected the upload queue"

    nowhere = f"{system.queue}-nowhere"
    refusal = segment("rescore", "--missing", "--queue", nowhere).refusal
    assert refusal == f"there is no queue {nowhere}"


@pytest.mark.usefixtures("system")
def test_which_uploads_has_to_be_said() -> None:
    outcome = segment("rescore", "--dry-run")

    assert outcome.code == 2
    assert "Say --missing" in outcome.err
