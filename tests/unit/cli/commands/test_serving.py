"""``segment score`` and ``segment predict``: the engines of the functions, on this machine."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from segmentation.answers import predict
from segmentation.registry import Registry
from segmentation.store import FolderStore
from tests.support.cli import segment
from tests.support.models import MALL_CUSTOMER


def test_a_training_file_scores_to_the_sizes_of_the_segments(
    registry: Path, customers: Path, tmp_path: Path
) -> None:
    model = Registry(FolderStore(registry)).load_champion()

    told = segment(
        "score", customers, tmp_path / "out.parquet", "--registry", registry, "--json"
    ).json

    assert told["status"] == "scored"
    assert told["rows"] == {"read": 200, "scored": 200, "rejected": 0}
    assert told["model_version"] == "v1"
    assert {one["id"]: one["count"] for one in told["segments"]} == {
        one.id: one.size for one in model.segments
    }
    assert set(told) >= {"reasons", "bytes_read", "seconds"}
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 200


def test_people_see_segments_and_counts(registry: Path, customers: Path, tmp_path: Path) -> None:
    outcome = segment("score", customers, tmp_path / "out.csv", "--registry", registry)

    assert "High Income - High Spending" in outcome.out
    assert "200 rows read, 200 scored by v1" in outcome.err
    with (tmp_path / "out.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 200


def test_rejected_rows_and_the_report_go_where_told(
    registry: Path, customers: Path, tmp_path: Path
) -> None:
    dirty = tmp_path / "dirty.csv"
    dirty.write_text(customers.read_text() + "201,Male,abc,20,20\n")

    outcome = segment(
        *("score", dirty, tmp_path / "out.parquet", "--registry", registry),
        *("--rejects", tmp_path / "rejects.csv", "--report", tmp_path / "report.json"),
    )

    assert "1 rejected (1 not_a_number)" in outcome.err
    assert "not_a_number" in (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")
    assert json.loads((tmp_path / "report.json").read_text())["status"] == "partly_scored"


def test_a_version_can_be_chosen(registry: Path, customers: Path, tmp_path: Path) -> None:
    opened = Registry(FolderStore(registry))
    opened.publish(opened.load_champion())

    told = segment(
        *("score", customers, tmp_path / "out.parquet", "--registry", registry),
        *("--model", "v2", "--json"),
    ).json

    assert told["model_version"] == "v2"


def test_a_missing_input_is_refused(registry: Path, tmp_path: Path) -> None:
    refusal = segment(
        "score", tmp_path / "nope.csv", tmp_path / "out.parquet", "--registry", registry
    ).refusal

    assert refusal == f"{tmp_path / 'nope.csv'}: No such file or directory"


def test_a_folder_as_input_is_refused(registry: Path, tmp_path: Path) -> None:
    refusal = segment("score", tmp_path, tmp_path / "out.parquet", "--registry", registry).refusal

    assert "Is a directory" in refusal


def test_an_upload_that_is_refused_leaves_no_output(registry: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Gender,Age\nMale,20\n")

    refusal = segment(
        "score", tmp_path / "a.csv", tmp_path / "out.parquet", "--registry", registry
    ).refusal

    assert 'column "Annual Income (k$)" is missing' in refusal
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize("command", [("score", "a.csv", "out.csv"), ("predict",)])
def test_a_registry_that_does_not_exist_is_refused(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    refusal = segment(*command, "--registry", tmp_path / "nowhere", stdin="{}").refusal

    assert refusal.startswith("no registry at ")


def test_the_answer_is_that_of_the_api(registry: Path) -> None:
    body = json.dumps(MALL_CUSTOMER)
    model = Registry(FolderStore(registry)).load_champion()

    for options in ((), ("--json",)):
        assert segment("predict", "--registry", registry, *options, stdin=body).json == predict(
            model, body
        )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("not json", "body: not JSON"),
        ("[]", "expected one JSON object"),
        (b"\xff", "not UTF-8"),
        ('{"age": 30}', "gender: no value; annual_income: no value; spending_score: no value"),
        (json.dumps(MALL_CUSTOMER | {"age": 200}), "age: "),
    ],
)
def test_a_customer_that_cannot_be_judged_is_refused(
    registry: Path, body: str | bytes, message: str
) -> None:
    assert message in segment("predict", "--registry", registry, stdin=body).refusal


def test_a_damaged_model_is_refused_by_its_field(registry: Path) -> None:
    path = registry / "models" / "v1" / "model.json"
    path.write_bytes(path.read_bytes().replace(b'"radius"', b'"radios"', 1))

    refusal = segment("predict", "--registry", registry, stdin=json.dumps(MALL_CUSTOMER)).refusal

    assert "models/v1/model.json.segments[0].radius: missing" in refusal


def test_an_output_in_a_folder_that_is_not_there_is_wrong_usage(
    registry: Path, customers: Path, tmp_path: Path
) -> None:
    outcome = segment("score", customers, tmp_path / "no" / "out.csv", "--registry", registry)

    assert (outcome.code, outcome.out) == (2, "")
    assert "there is no folder" in outcome.err
