"""``segment rescore``: which uploads it means, what it asks for, and how it tells of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.operations.conftest import System
from tests.support.cli import segment
from tests.support.csvs import mall_csv

DRY = ("rescore", "--missing", "--dry-run")

LONG = "a" * 1_010
AWKWARD = ["red flower.csv", "a+b.csv", "50%41.csv", "Größe (1)/ü.csv", "t\tab.csv"]


def reasons(*args: object) -> dict[str, str]:
    told = segment(*DRY, *args, "--json").json
    return {one["key"]: one["reason"] for one in told["uploads"]}


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

    assert (told["checked"], len(told["uploads"]), told["run"]) == (40, 39, None)
    assert [one["key"] for one in told["uploads"]] == sorted(one["key"] for one in told["uploads"])


def test_a_prefix_limits_the_look(system: System) -> None:
    system.drop("a/1.csv")
    system.drop("b/1.csv")

    assert reasons("a/") == {"a/1.csv": "no_report"}


class Steps:
    """Step Functions with one run that goes as told; every answer has the fields that AWS gives."""

    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:rescore"

    def __init__(self) -> None:
        self.inputs: list[Any] = []
        self.statuses = ["RUNNING", "SUCCEEDED"]
        self.counts = [(3, 1, 0, 0), (3, 3, 0, 0)]
        self.running: list[str] = []
        self.cause: dict[str, str] = {}
        self.manifest = ""

    def list_executions(self, stateMachineArn: str, statusFilter: str = "") -> Any:  # noqa: N803
        assert stateMachineArn == self.arn
        started = datetime(2026, 11, 23, tzinfo=UTC)
        names = self.running if statusFilter else [str(n) for n, _ in enumerate(self.inputs)]
        return {
            "executions": [
                {"name": name, "executionArn": name, "startDate": started + timedelta(hours=hour)}
                for hour, name in enumerate(names)
            ]
        }

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> Any:  # noqa: N803
        assert stateMachineArn == self.arn
        self.inputs.append(json.loads(input))
        return {"executionArn": f"{self.arn.replace('stateMachine', 'execution')}:{name}"}

    def describe_execution(self, executionArn: str) -> Any:  # noqa: N803
        if executionArn.isdigit():
            return {"input": json.dumps(self.inputs[int(executionArn)])}
        status = self.statuses.pop(0)
        output = json.dumps({"ResultWriterDetails": {"Bucket": "results", "Key": self.manifest}})
        return {"status": status, **({"output": output} if self.manifest else {}), **self.cause}

    def list_map_runs(self, executionArn: str) -> Any:  # noqa: N803
        return {"mapRuns": [{"mapRunArn": executionArn}]}

    def describe_map_run(self, mapRunArn: str) -> Any:  # noqa: N803
        names = ("total", "succeeded", "failed", "timedOut")
        return {"itemCounts": dict(zip(names, self.counts.pop(0), strict=True))}


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps()
    monkeypatch.setenv("RESCORE_STATE_MACHINE", made.arn)
    monkeypatch.setattr("cli.commands.rescore.state_machine_client", lambda: made)
    monkeypatch.setattr("operations.rescore.POLL_SECONDS", 0)
    return made


def serve(system: System) -> None:
    system.registry.publish(system.model)
    system.registry.promote("v1", by="test", why="")


def test_all_under_a_prefix_are_asked_for_with_the_champion_of_the_moment(
    system: System, steps: Steps
) -> None:
    serve(system)

    outcome = segment("rescore", "november/")

    (asked,) = steps.inputs
    moment = datetime.fromisoformat(asked.pop("requested_at"))
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)
    assert asked == {"prefix": "november/", "model_version": "v1", "listing": None}
    assert outcome.code == 0
    assert "3 of 3 uploads have their outputs now, 0 failed, 0 left" in outcome.err


@pytest.mark.parametrize(
    ("options", "keys", "version"),
    [
        (("--missing",), ["other.csv", *AWKWARD], None),
        (("--missing", "--model", "v1"), ["other.csv", *AWKWARD], "v1"),
        (("--since", "1d"), ["other.csv", "scored.csv", *AWKWARD], "v1"),
        (("--since", "2999-01-01"), [], None),
    ],
)
def test_chosen_uploads_are_asked_for_by_a_list_in_the_results_bucket(
    system: System, steps: Steps, options: tuple[str, ...], keys: list[str], version: str | None
) -> None:
    serve(system)
    system.scored("scored.csv")
    for key in ("other.csv", *AWKWARD):
        system.drop(key)

    told = segment("rescore", *options, "--json").json

    if not keys:
        assert (told["uploads"], told["run"], steps.inputs) == ([], None, [])
        return
    (asked,) = steps.inputs
    listing = system.s3.get_object(Bucket="results", Key=asked["listing"])["Body"].read()
    assert asked["listing"].startswith("rescore/")
    assert sorted(one["Key"] for one in json.loads(listing)) == sorted(keys)
    assert asked["model_version"] == version
    assert (told["run"]["status"], told["run"]["total"]) == ("SUCCEEDED", 3)


def test_another_version_makes_all_of_its_uploads_missing(system: System) -> None:
    serve(system)
    system.registry.publish(system.model)
    system.scored("a.csv")

    assert reasons("--model", "v1") == {}
    assert reasons("--model", "v2") == {"a.csv": "other_model"}


def test_a_run_is_resumed_as_it_was_asked_for(system: System, steps: Steps) -> None:
    serve(system)
    segment("rescore", "november/")
    system.registry.publish(system.model)
    system.registry.promote("v2", by="test", why="")
    steps.statuses, steps.counts = ["SUCCEEDED"], [(3, 3, 0, 0)]

    assert segment("rescore", "--resume").code == 0
    assert steps.inputs[1] == steps.inputs[0]


@pytest.mark.usefixtures("system")
def test_nothing_to_resume_and_options_beside_it_are_refused(steps: Steps) -> None:
    assert "never ran" in segment("rescore", "--resume").refusal
    assert segment("rescore", "--resume", "november/").code == 2
    assert steps.inputs == []


def test_two_runs_at_a_time_are_refused(system: System, steps: Steps) -> None:
    serve(system)
    steps.running = ["rescore-1"]

    assert "the run rescore-1 goes on" in segment("rescore").refusal
    assert steps.inputs == []


def test_failures_are_named_and_fail_the_command(system: System, steps: Steps) -> None:
    # The files as AWS writes them: developer guide of Step Functions, "ResultWriter".
    serve(system)
    steps.manifest, steps.counts = "rescore/r/1/manifest.json", [(9, 1, 0, 0), (9, 6, 2, 1)]
    cause = {"errorMessage": "s3://models has no v7", "errorType": "UnknownVersion"}
    child = {
        "Input": json.dumps({"bucket": "uploads", "key": "a.csv"}),
        "Status": "FAILED",
        "Error": "UnknownVersion",
        "Cause": json.dumps(cause),
    }
    written = json.dumps([child]).encode()
    files = {"FAILED": [{"Key": "rescore/r/1/FAILED_0.json", "Size": len(written)}]}
    manifest = json.dumps({"DestinationBucket": "results", "ResultFiles": files}).encode()
    system.s3.put_object(Bucket="results", Key="rescore/r/1/FAILED_0.json", Body=written)
    system.s3.put_object(Bucket="results", Key=steps.manifest, Body=manifest)

    outcome = segment("rescore")

    assert outcome.code == 1
    assert "6 of 9 uploads have their outputs now, 3 failed, 0 left" in outcome.err
    assert "s3://results/rescore/r/1/manifest.json" in outcome.err
    row = next(line for line in outcome.out.splitlines() if "a.csv" in line)
    assert "UnknownVersion" in row
    assert "s3://models has no v7" in row


def test_a_run_that_broke_off_says_why_and_what_is_left(system: System, steps: Steps) -> None:
    serve(system)
    steps.statuses, steps.counts = ["FAILED"], [(100, 10, 26, 0)]
    steps.cause = {"cause": "The specified tolerated failure threshold was exceeded"}

    outcome = segment("rescore")

    assert outcome.code == 1
    assert "10 of 100 uploads have their outputs now, 26 failed, 64 left" in outcome.err
    assert "tolerated failure threshold was exceeded" in outcome.err.splitlines()[-1]


def test_people_see_what_was_found(system: System, steps: Steps) -> None:
    system.drop("a.csv")
    system.scored("b.csv")

    outcome = segment("rescore", "--missing")

    assert "a.csv" in outcome.out
    assert "no report" in outcome.out
    assert "2 uploads looked at in s3://uploads/: 1 to score again (1: no report)" in outcome.err
    assert len(steps.inputs) == 1


@pytest.mark.usefixtures("steps", "system")
@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "", "99999999d"])
def test_a_time_that_is_none_is_wrong_usage(time: str) -> None:
    outcome = segment("rescore", "--since", time)

    assert outcome.code == 2
    assert "is no time, expected one like 2026-11-23, 7d, 12h" in outcome.err


def test_a_key_does_nothing_to_the_terminal(system: System) -> None:
    system.drop("a\x1b[2J.csv")

    assert "a\\x1b[2J.csv" in segment(*DRY).out


@pytest.mark.usefixtures("system")
def test_nothing_to_do_starts_nothing(steps: Steps) -> None:
    outcome = segment("rescore", "--missing")

    assert outcome.code == 0
    assert outcome.out == ""
    assert "0 uploads looked at" in outcome.err
    assert steps.inputs == []


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
