"""The file that the demo drops has exactly the damage that it claims."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cli.demo.errors import DemoFailed
from cli.demo.upload import write_upload
from training.specs.files import load_spec

SPEC = load_spec("mall_customers")
HEADER = ["CustomerID", "Gender", "Age", "Annual Income (k$)", "Spending Score (1-100)"]
ROWS = [[str(number), "Female", "30", "60", "50"] for number in range(1, 13)]
REASONS = {
    "wrong_field_count",
    "not_a_number",
    "missing_value",
    "out_of_bounds",
    "unknown_category",
}


def written(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, *ROWS])
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_good_rows_stay_and_each_damaged_one_is_where_it_is_said_to_be(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    source = written(tmp_path / "in.csv", delimiter, encoding)

    upload = write_upload(source, tmp_path / "out.csv", SPEC)

    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file, delimiter=delimiter))
    numbered = dict(enumerate(records, 1))
    assert numbered.pop(1) == HEADER
    assert set(upload.damaged.values()) == REASONS
    assert upload.rows == len(numbered) == len(ROWS) + len(REASONS)
    good = [record for number, record in numbered.items() if number not in upload.damaged]
    assert good == ROWS
    damaged = {reason: numbered[number] for number, reason in upload.damaged.items()}
    assert len(damaged["wrong_field_count"]) == 4
    assert damaged["not_a_number"][2] == "abc"
    assert damaged["missing_value"][2] == ""
    assert damaged["out_of_bounds"][2] == "-1"
    assert damaged["unknown_category"][1] == "unheard of"


def test_a_single_customer_is_enough(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("gender,age,annual_income,spending_score\nMale,1,1,1\n", encoding="utf-8")

    assert write_upload(source, tmp_path / "out.csv", SPEC).rows == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "it is empty"),
        (b"gender,age,annual_income,spending_score\n", "no customer below the header"),
        (b"gender,age,annual_income\nMale,1,1\n", 'column "Spending Score (1-100)" is missing'),
    ],
)
def test_a_file_that_is_no_customers_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    source = tmp_path / "in.csv"
    if content is not None:
        source.write_bytes(content)

    with pytest.raises(DemoFailed) as caught:
        write_upload(source, tmp_path / "out.csv", SPEC)
    assert message in str(caught.value)
