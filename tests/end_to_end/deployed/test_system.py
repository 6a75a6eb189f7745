"""From `sam deploy` to `sam delete`; the tests follow one another, as a user's days do."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.end_to_end.deployed.deployment import STACK, Deployment

CUSTOMER = {"gender": "Female", "age": 30, "annual_income": 80, "spending_score": 75}


@pytest.fixture(scope="session")
def customers(system: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred customers."""
    path = tmp_path_factory.mktemp("customers") / "customers.csv"
    system.segment("sample", "200", str(path), "--seed", "1")
    return path


def test_the_first_file_waits_for_a_champion_and_is_then_scored(
    system: Deployment, customers: Path
) -> None:
    system.drop(customers, "too early.csv")

    registry = system.outputs["RegistryUri"]
    system.segment(
        "fit", str(customers), "--k", "3", "--starts", "5", "--registry", registry, "--promote"
    )

    report = system.report("too early.csv")
    assert report["status"] == "scored"
    assert report["rows"] == {"read": 200, "scored": 200, "rejected": 0}


def test_a_file_dropped_comes_out_labelled(system: Deployment, customers: Path) -> None:
    system.drop(customers, "november/customers.csv")

    report = system.report("november/customers.csv")

    assert (report["status"], report["model_version"]) == ("scored", "v1")
    labelled = system.result("scored/november/customers.csv.parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(labelled))
    assert table.num_rows == 200
    assert {one["name"]: one["count"] for one in report["segments"]} == {
        name: table["segment_name"].to_pylist().count(name)
        for name in set(table["segment_name"].to_pylist())
    }


def test_a_poison_file_is_answered_and_stops_nobody(
    system: Deployment, customers: Path, tmp_path: Path
) -> None:
    poison = tmp_path / "photo.csv"
    poison.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))

    system.drop(poison, "photo.csv")
    system.drop(customers, "after the photo.csv")

    refused = system.report("photo.csv")
    assert (refused["status"], refused["refusal"]["code"]) == ("refused", "not_text")
    assert system.report("after the photo.csv")["status"] == "scored"
    assert waiting(system, "UploadDeadLetterQueueUrl") == 0


def test_the_api_answers_who_signs_and_nobody_else(system: Deployment) -> None:
    status, body = system.request("POST", "/predictions", CUSTOMER)

    assert status == 200
    assert body["model_version"] == "v1"
    assert body["segment"]["id"] == body["segments"][0]["id"]
    assert system.request("GET", "/nothing")[0] == 404
    assert system.request("POST", "/predictions", CUSTOMER, signed=False)[0] == 403


def test_uploads_are_scored_again_by_a_version(system: Deployment, customers: Path) -> None:
    registry = system.outputs["RegistryUri"]
    system.segment("fit", str(customers), "--k", "4", "--starts", "5", "--registry", registry)
    again = ("rescore", "november/", "--model", "v2", "--stack", STACK, "--json")

    run = json.loads(system.segment(*again))["run"]

    assert (run["status"], run["succeeded"], run["failed"]) == ("SUCCEEDED", 1, 0)
    assert system.report("november/customers.csv")["model_version"] == "v2"
    assert system.report("too early.csv")["model_version"] == "v1"


@pytest.mark.parametrize(
    ("good", "status", "cause"),
    [(9, "SUCCEEDED", ""), (2, "FAILED", "The specified tolerated failure threshold was exceeded")],
)
def test_a_run_bears_some_failures_and_stops_at_too_many(
    system: Deployment, good: int, status: str, cause: str
) -> None:
    # Half of a surrogate pair is no text, so the function refuses the event for good.
    keys = ["november/customers.csv"] * good + ["half \ud800 a pair.csv"]
    listing = f"rescore/chosen/{good}.json"
    system.client("s3").put_object(
        Bucket=system.outputs["ResultsBucketName"],
        Key=listing,
        Body=json.dumps([{"Key": key} for key in keys]).encode(),
    )

    run = system.rescore(prefix="", model_version="v2", listing=listing)

    assert (run["status"], run["succeeded"], run["failed"]) == (status, good, 1)
    assert run.get("cause", "") == cause


def test_a_second_deploy_changes_a_parameter_and_nothing_else(
    system: Deployment, customers: Path
) -> None:
    before = system.outputs

    system.deploy(ModelTtlSeconds="5", PredictMemory="512")

    assert system.outputs == before
    function = system.client("lambda").get_function_configuration(
        FunctionName=before["PredictFunctionName"]
    )
    assert function["MemorySize"] == 512
    assert function["Environment"]["Variables"]["MODEL_TTL_SECONDS"] == "5"
    system.drop(customers, "second deploy.csv")
    assert system.report("second deploy.csv")["status"] == "scored"


def test_a_delete_takes_the_functions_and_leaves_the_buckets(system: Deployment) -> None:
    system.delete()

    assert system.client("lambda").list_functions()["Functions"] == []
    buckets = {bucket["Name"] for bucket in system.client("s3").list_buckets()["Buckets"]}
    assert {value for name, value in system.outputs.items() if "Bucket" in name} <= buckets
    assert system.report("november/customers.csv")["status"] == "scored"


def waiting(system: Deployment, queue: str) -> int:
    """How many messages wait in a queue."""
    name = "ApproximateNumberOfMessages"
    answer = system.client("sqs").get_queue_attributes(
        QueueUrl=system.outputs[queue], AttributeNames=[name]
    )
    return int(answer["Attributes"][name])
