"""Scoring files on this machine."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from engine.files import score_file
from engine.tally import Tally
from segmentation.errors import UploadRefused
from tests.support.csvs import MALL_HEADER, MALL_ROW, mall_csv, read_csv
from tests.support.models import mall_model

MODEL = mall_model()


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_bytes(
        mall_csv(
            f'{MALL_ROW},"say ""hi"",\nthere"',
            "2,x,1,1,1,",
            "3,Female,0.1,1e-7,99.99999999999999,\u00fc",
            header=f"{MALL_HEADER},note",
        )
    )
    return path


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_all_outputs_of_a_file(upload: Path, tmp_path: Path) -> None:
    document = score_file(
        upload,
        tmp_path / "out.parquet",
        MODEL,
        rejects=tmp_path / "bad.csv",
        report=tmp_path / "report.json",
    ).to_dict()

    assert files(tmp_path) == {"customers.csv", "out.parquet", "bad.csv", "report.json"}
    assert json.loads((tmp_path / "report.json").read_bytes()) == document
    assert document["rows"] == {"read": 3, "scored": 2, "rejected": 1}
    assert document["bytes_read"] == upload.stat().st_size
    rejected = read_csv((tmp_path / "bad.csv").read_text(encoding="utf-8-sig"))
    assert [record[:2] for record in rejected[1:]] == [["3", "unknown_category"]]
    metadata = pyarrow.parquet.read_schema(tmp_path / "out.parquet").metadata
    assert metadata[b"segmentation.source"] == str(upload).encode()


def test_outputs_that_nobody_asked_for_are_not_written(upload: Path, tmp_path: Path) -> None:
    score_file(upload, tmp_path / "out.parquet", MODEL)

    assert files(tmp_path) == {"customers.csv", "out.parquet"}


@pytest.mark.parametrize("name", ["out.csv", "OUT.CSV"])
def test_csv_output_holds_what_the_parquet_output_holds(
    upload: Path, tmp_path: Path, name: str
) -> None:
    score_file(upload, tmp_path / "out.parquet", MODEL)
    score_file(upload, tmp_path / name, MODEL)

    expected = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    with (tmp_path / name).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == list(expected[0])
    for cells, row in zip(found, expected, strict=True):
        for column, cell in cells.items():
            value = row[column]
            if isinstance(value, bool):
                assert cell == str(value).lower()
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == str(value)


def test_csv_output_without_ids_has_empty_ids(tmp_path: Path) -> None:
    upload = tmp_path / "customers.csv"
    upload.write_bytes(mall_csv("Male,19,15,39", header=MALL_HEADER.partition(",")[2]))

    score_file(upload, tmp_path / "out.csv", MODEL)

    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["customer_id"] == ""


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_csv_and_parquet_of_no_rows_have_a_header(tmp_path: Path, name: str) -> None:
    upload = tmp_path / "customers.csv"
    upload.write_bytes(mall_csv())

    score_file(upload, tmp_path / name, MODEL)

    if name == "out.csv":
        header = next(csv.reader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
    else:
        header = pyarrow.parquet.read_schema(tmp_path / name).names
    assert header[:2] == ["customer_id", "gender"]
    assert header[-1] == "model_version"


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b\n1,2\n",
        mall_csv(MALL_ROW, MALL_ROW) + b"x" * (17 << 20),
        mall_csv(*[MALL_ROW] * 300_000) + b"x" * (17 << 20),
    ],
    ids=["at once", "by its header", "after rows were scored", "after rows were written"],
)
def test_a_refused_file_leaves_a_report_and_nothing_else(
    tmp_path: Path, output: str, data: bytes
) -> None:
    upload = tmp_path / "customers.csv"
    upload.write_bytes(data)

    with pytest.raises(UploadRefused) as refused:
        score_file(
            upload,
            tmp_path / output,
            MODEL,
            rejects=tmp_path / "bad.csv",
            report=tmp_path / "report.json",
        )

    assert files(tmp_path) == {"customers.csv", "report.json"}
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert report["status"] == "refused"
    assert report["refusal"] == {"code": refused.value.code, "message": refused.value.message}


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_a_refused_file_leaves_what_was_there_before(
    upload: Path, tmp_path: Path, output: str
) -> None:
    score_file(upload, tmp_path / output, MODEL, rejects=tmp_path / "bad.csv")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    bad = tmp_path / "bad upload.csv"
    bad.write_bytes(mall_csv(MALL_ROW) + b"x" * (17 << 20))

    with pytest.raises(UploadRefused):
        score_file(bad, tmp_path / output, MODEL, rejects=tmp_path / "bad.csv")

    assert {path: path.read_bytes() for path in before} == before


def test_an_interrupt_leaves_nothing_half_written(upload: Path, tmp_path: Path) -> None:
    def interrupt(read: int, tally: Tally) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_file(upload, tmp_path / "out.parquet", MODEL, progress=interrupt)

    assert files(tmp_path) == {"customers.csv"}


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(
    upload: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        score_file(upload, tmp_path / "no such folder" / "out.parquet", MODEL)
    with pytest.raises(FileNotFoundError):
        score_file(tmp_path / "no such file.csv", tmp_path / "out.parquet", MODEL)

    assert files(tmp_path) == {"customers.csv"}


def test_a_file_may_be_scored_onto_itself(upload: Path) -> None:
    score_file(upload, upload, MODEL)

    with upload.open(encoding="utf-8", newline="") as file:
        assert [row["segment"] for row in csv.DictReader(file)] == ["2", "2"]


def test_progress_tells_bytes_and_rows(upload: Path, tmp_path: Path) -> None:
    told = []

    score_file(
        upload,
        tmp_path / "out.parquet",
        MODEL,
        progress=lambda read, tally: told.append((read, tally.read, tally.rejected)),
    )

    # Once for the rejects, once for the labelled rows.
    assert told == [(upload.stat().st_size, 3, 1)] * 2
