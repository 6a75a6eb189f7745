"""A customer counts once, whatever the id looks like."""

from __future__ import annotations

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from tests.support.customers import read
from training.data.duplicates import first_rows, keys_of

HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)"
ROWS = (
    "0001,Male,nobody,15,39",  # dropped: the next row of this id is the first that counts
    "0001,Male,19,15,39",
    "2,Male,21,15,81",
    " 0001 ,Male,20,15,39",
    "1,Female,23,16,77",  # another id than 0001
    ",Female,31,17,40",
    ",Female,22,17,76",  # no id: nobody knows whether it is the same customer
    "2,Male,21,15,81",
)


@pytest.mark.parametrize("parquet", [False, True])
def test_only_the_first_usable_row_of_an_id_counts(tmp_path: Path, parquet: bool) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    if parquet:
        texts = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(HEADER.split(","), pa.string()),
        )
        pq.write_table(pyarrow.csv.read_csv(path, convert_options=texts), tmp_path / "c.parquet")
        path = tmp_path / "c.parquet"

    data = read(path)

    assert data.encoded[:, 1].tolist() == [19.0, 21.0, 23.0, 31.0, 22.0]
    assert data.dropped == {"duplicate_id": 2, "not_a_number": 1}
    assert data.rows == 5


def test_ids_are_compared_across_files(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(f"{HEADER}\n7,Male,19,15,39\n", encoding="utf-8")

    assert read(tmp_path).dropped == {"duplicate_id": 1}


def test_a_file_without_ids_keeps_all_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    header = HEADER.removeprefix("CustomerID,")
    path.write_text("\n".join([header, *["Male,19,15,39"] * 3, ""]), encoding="utf-8")

    assert (read(path).rows, read(path).dropped) == (3, {})


def test_numbers_and_missing_ids_have_keys_too() -> None:
    keys = keys_of(pa.array([5, None, 5, 6, None]))

    first = first_rows(keys)

    assert first is not None
    assert first.tolist() == [0, 1, 3, 4]


def test_many_ids_have_as_many_keys() -> None:
    ids = pa.array([str(number) for number in range(100_000)])

    assert first_rows(keys_of(ids)) is None
    assert math.isclose(float(keys_of(ids).mean()), 2.0**63, rel_tol=0.02)  # well spread
