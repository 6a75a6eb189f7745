"""``segment forget``: an upload and its outputs are gone in all versions, and stay so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.commands import forget as command
from operations.erasure import LONGEST_DELIVERY, footprint, forget
from operations.errors import OperationRefused
from score.delivery import deliver
from score.s3 import S3Bucket
from tests.integration.operations.conftest import UPLOAD, System
from tests.support.cli import segment
from tests.support.csvs import mall_csv
from tests.support.models import mall_model

KEY = "november/customers 1.csv"
NEIGHBOURS = ["november/customers 1.csv.csv", "november/customers 1", "november/customers 1.csv/a"]
NOW = ("--yes", "--no-wait", "--json")


def later(hours: float = 1) -> datetime:
    return datetime.now(UTC) + timedelta(hours=hours)


def never(_: datetime) -> None:
    pytest.fail("nothing to wait for")


def nothing(_: datetime) -> None:
    pass


def test_an_upload_and_its_outputs_are_removed_in_all_versions(system: System) -> None:
    system.scored(KEY)
    system.scored(KEY, mall_csv("2,Female,30,80,75"))
    system.s3.delete_object(Bucket="uploads", Key=KEY)
    system.scored(KEY)

    told = segment("forget", KEY, *NOW).json

    assert system.versions("uploads") == []
    assert system.versions("results") == []
    assert (told["versions"], told["delete_markers"]) == (3 + 3 * 3, 1)
    assert [(one["key"], one["versions"]) for one in told["objects"]] == [
        (KEY, 3),
        (f"reports/{KEY}.json", 3),
        (f"scored/{KEY}.parquet", 3),
        (f"rejected/{KEY}.csv", 3),
    ]


def test_other_uploads_stay(system: System) -> None:
    for key in (KEY, *NEIGHBOURS):
        system.scored(key)

    segment("forget", KEY, *NOW)

    assert sorted(system.versions("uploads")) == sorted(NEIGHBOURS)
    expected = [name for key in NEIGHBOURS for name in system.outputs(key)]
    assert sorted(system.versions("results")) == sorted(expected)


def test_more_versions_than_a_request_takes(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.versions.BATCH", 4)
    for _ in range(11):
        system.drop(KEY)

    assert segment("forget", KEY, *NOW).json["versions"] == 11
    assert system.versions("uploads") == []


@pytest.mark.parametrize("key", ["a+b.csv", "Größe (1)/ü.csv", "50%41.csv", "k" * 1_010])
def test_awkward_and_long_keys(system: System, key: str) -> None:
    system.scored(key)
    for bucket, name in (("uploads", key), ("results", system.outputs(key)[0])):
        system.s3.create_multipart_upload(Bucket=bucket, Key=name)

    told = segment("forget", key, *NOW).json

    assert told["unfinished_uploads"] == 2
    assert system.versions("uploads") == system.versions("results") == []
    for bucket in ("uploads", "results"):
        assert "Uploads" not in system.s3.list_multipart_uploads(Bucket=bucket)


def test_a_deleted_upload_that_left_old_versions_is_removed(system: System) -> None:
    system.scored(KEY)
    system.s3.delete_object(Bucket="uploads", Key=KEY)

    told = segment("forget", KEY, *NOW).json

    assert (told["versions"], told["delete_markers"]) == (4, 1)
    assert system.versions("uploads") == system.versions("results") == []


def test_buckets_without_versions(system: System) -> None:
    for bucket in ("plain-uploads", "plain-results"):
        system.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
    system.s3.put_object(Bucket="plain-uploads", Key=KEY, Body=UPLOAD)
    system.s3.put_object(Bucket="plain-results", Key=f"reports/{KEY}.json", Body=b"{}")

    told = segment(
        *("forget", KEY, *NOW, "--uploads", "plain-uploads", "--results", "plain-results")
    ).json

    assert told["versions"] == 2
    assert system.versions("plain-uploads") == system.versions("plain-results") == []


def test_a_dry_run_removes_nothing(system: System) -> None:
    system.scored(KEY)
    before = system.versions("uploads") + system.versions("results")

    told = segment("forget", KEY, "--dry-run", "--json").json
    outcome = segment("forget", KEY, "--dry-run")

    assert (told["versions"], told["dry_run"], told["settled"]) == (4, True, False)
    assert f"scored/{KEY}.parquet" in outcome.out
    assert "4 versions, 0 delete markers, 0 unfinished uploads would be removed" in outcome.err
    assert system.versions("uploads") + system.versions("results") == before


@pytest.mark.usefixtures("system")
def test_a_key_of_which_there_is_nothing_is_refused() -> None:
    # A slip of the pen must not pass for an erasure.
    assert segment("forget", "nope.csv", "--yes").refusal == (
        'got "nope.csv", found nothing of it in s3://uploads and s3://results, not even an old '
        "version; nothing was removed"
    )
    asked = segment("forget", "nope.csv", "--dry-run")
    assert asked.code == 0
    assert "nothing of nope.csv is in either bucket" in asked.err


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_where_nobody_can_be_asked_yes_has_to_be_said(options: tuple[str, ...]) -> None:
    outcome = segment("forget", KEY, *options)

    assert outcome.code == 2
    assert "give --yes or --dry-run" in outcome.err


@pytest.mark.parametrize(("answer", "left"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_people_are_asked_first(
    system: System, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    system.drop(KEY)
    monkeypatch.setattr(command, "_somebody_is_there", lambda: True)

    outcome = segment("forget", KEY, "--no-wait", stdin=answer)

    assert "All versions in s3://uploads and s3://results" in outcome.out
    assert "Remove all of this for good? [y/N]" in outcome.err
    assert len(system.versions("uploads")) == left
    assert outcome.code == left
    assert ("nothing was removed" in outcome.err) == bool(left)


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--uploads", 'there is no bucket "nowhere", expected the uploads bucket'),
        ("--results", 'there is no bucket "nowhere", expected the results bucket'),
    ],
)
@pytest.mark.usefixtures("system")
def test_a_bucket_that_is_not_there_is_named(option: str, line: str) -> None:
    assert segment("forget", KEY, "--yes", option, "nowhere").refusal == line


# What a delivery under way may do, and a break-off.


def test_an_upload_scored_long_ago_needs_no_wait(system: System) -> None:
    system.scored(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, later())

    assert found.settled
    forget(system.s3, found, never)
    assert system.versions("uploads") == system.versions("results") == []


@pytest.mark.parametrize("change", ["fresh", "not scored", "output removed"])
def test_where_a_delivery_may_be_under_way_it_is_waited_for(system: System, change: str) -> None:
    system.scored(KEY)
    if change == "output removed":
        system.s3.delete_object(Bucket="results", Key=f"scored/{KEY}.parquet")
    if change == "not scored":
        system.drop(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, later(0.1 if change == "fresh" else 1))
    begin = datetime.now(UTC)
    waits: list[datetime] = []

    forget(system.s3, found, waits.append)

    (until,) = waits
    assert LONGEST_DELIVERY <= until - begin < LONGEST_DELIVERY + timedelta(minutes=1)


def test_an_upload_deleted_long_ago_needs_no_wait(system: System) -> None:
    system.scored(KEY)
    system.s3.delete_object(Bucket="uploads", Key=KEY)

    assert footprint(system.s3, "uploads", "results", KEY, later()).settled
    assert not footprint(system.s3, "uploads", "results", KEY, later(0.1)).settled


def before_the_first_write(system: System, happen: Callable[[], Any]) -> None:
    """Let something happen when a worker has read the upload and is about to write."""
    events = system.s3.meta.events

    def once(**_: Any) -> None:
        events.unregister("before-call.s3.PutObject", unique_id="once")
        happen()

    events.register("before-call.s3.PutObject", once, unique_id="once")


def test_outputs_of_a_late_delivery_do_not_stay(system: System) -> None:
    system.drop(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))

    def break_off(_: datetime) -> None:
        raise KeyboardInterrupt

    def erase() -> None:
        with pytest.raises(KeyboardInterrupt):
            forget(system.s3, found, break_off)

    before_the_first_write(system, erase)
    system.deliver(KEY)
    assert sorted(system.versions("results")) == sorted(system.outputs(KEY)), "they came back"

    # The break-off left the delete marker, so whoever repeats it knows to wait.
    again = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))
    assert not again.settled
    forget(system.s3, again, nothing)

    assert system.versions("uploads") == system.versions("results") == []


def test_outputs_that_come_while_it_waits_are_removed_and_counted(system: System) -> None:
    system.drop(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))

    def late(_: datetime) -> None:
        system.s3.put_object(Bucket="results", Key=f"scored/{KEY}.parquet", Body=b"late")

    removed = forget(system.s3, found, late)

    assert [(one.key, len(one.versions)) for one in removed] == [
        (KEY, 1),
        (f"scored/{KEY}.parquet", 1),
    ]
    assert system.versions("results") == []


def test_a_delivery_that_saw_outputs_does_not_write_them_again(system: System) -> None:
    system.scored(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, later())
    uploads, results = S3Bucket(system.s3, "uploads"), S3Bucket(system.s3, "results")

    # A request to score again with another model is under way, and no wait is thought necessary.
    before_the_first_write(system, lambda: forget(system.s3, found, never))
    delivered = deliver(KEY, uploads, results, lambda _: mall_model("v2"), model_version="v2")

    assert delivered.report is None
    assert system.versions("uploads") == system.versions("results") == []


@pytest.mark.parametrize("calls", range(1, 9))
def test_a_break_off_at_any_call_can_be_repeated(system: System, calls: int) -> None:
    system.scored(KEY)
    system.scored(KEY, mall_csv("2,Female,30,80,75"))
    left = [calls]

    def break_off(**_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    events = system.s3.meta.events
    events.register("before-call.s3", break_off, unique_id="break")
    found = None
    try:
        events.unregister("before-call.s3", unique_id="break")
        found = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))
        events.register("before-call.s3", break_off, unique_id="break")
        forget(system.s3, found, nothing)
    except KeyboardInterrupt:
        pass
    events.unregister("before-call.s3", unique_id="break")

    # Whatever is left, the upload is found by no delivery.
    with pytest.raises(ClientError, match="404"):
        system.s3.head_object(Bucket="uploads", Key=KEY)
    again = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))
    assert again.empty or not again.settled
    forget(system.s3, again, nothing)
    assert system.versions("uploads") == system.versions("results") == []


def test_an_upload_dropped_anew_meanwhile_is_not_removed(system: System) -> None:
    system.scored(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, datetime.now(UTC))

    with pytest.raises(OperationRefused, match=r"dropped .* again meanwhile"):
        forget(system.s3, found, lambda _: system.scored(KEY))

    assert system.versions("uploads").count(KEY) == 2  # and the delete marker of the erasure
    assert sorted(system.versions("results")) == sorted(system.outputs(KEY))


def test_a_version_that_s3_keeps_is_refused_with_its_reason(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.scored(KEY)
    found = footprint(system.s3, "uploads", "results", KEY, later())
    monkeypatch.setattr(
        system.s3,
        "delete_objects",
        lambda **_: {"Errors": [{"Code": "AccessDenied", "Key": KEY}]},
    )

    with pytest.raises(OperationRefused, match="AccessDenied, 1 versions are still there"):
        forget(system.s3, found, never)


def test_the_command_waits_unless_told_otherwise(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[datetime] = []
    monkeypatch.setattr(command, "_wait_until", waits.append)
    system.scored(KEY)
    system.scored("other.csv")

    waited = segment("forget", KEY, "--yes")
    hasty = segment("forget", "other.csv", "--yes", "--no-wait")

    assert len(waits) == 1
    assert (
        "4 versions, 0 delete markers, 0 unfinished uploads removed, nothing is left" in waited.err
    )
    assert "segment forget other.csv --dry-run" in hasty.err
    assert "nothing is left" not in hasty.err


def test_waiting_ends_at_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(slept))

    command._wait_until(datetime.now(UTC) + timedelta(seconds=3.5))
    command._wait_until(datetime.now(UTC) - timedelta(seconds=1))

    assert 3 < sum(slept) <= 3.5
