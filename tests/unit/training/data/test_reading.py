"""Training reads what scoring reads: the same files, and the same verdict on every row."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentation.errors import ValueRejected
from segmentation.spec import Spec
from tests.support.customers import read, sample_file
from tests.support.models import shopper_model
from training.errors import DataError
from training.specs.files import load_spec

HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)\n"
MALL = load_spec("mall_customers")


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_customers_stand_in_file_order_in_centroid_space(tmp_path: Path) -> None:
    data = read(write(tmp_path / "a.csv", HEADER + "1,Male,19,15,39\n2,F,21,15.5,81\n"))

    assert data.encoded.tolist() == [[1, 19, 15, 39], [0, 21, 15.5, 81]]
    assert data.encoded.dtype == np.float64
    assert (data.rows, data.files, data.dropped) == (2, 1, {})
    assert data.sha256 == hashlib.sha256((tmp_path / "a.csv").read_bytes()).hexdigest()


def test_equal_customers_are_all_kept(tmp_path: Path) -> None:
    rows = [f"{number},Male,19,15,39\n" for number in range(3)]
    data = read(write(tmp_path / "a.csv", HEADER + "".join(rows)))

    assert data.rows == 3


def test_rows_that_scoring_would_reject_are_dropped_and_counted(tmp_path: Path) -> None:
    rows = [
        "1,Male,19,15,39",
        "2,?,21,15,81",  # unknown category, before the age that is good
        "3,Female,,16,6",
        "4,Female,abc,,77",  # two faults: the first in spec order counts
        "5,Female,1_000,17,40",
        "6,Female,22,-1,76",
        "7,Female,35,18,101",
        "8,Female,23,18",
        "9,Female,64,19,3",
    ]

    data = read(write(tmp_path / "a.csv", HEADER + "\n".join(rows)))

    assert data.encoded.tolist() == [[1, 19, 15, 39], [0, 64, 19, 3]]
    assert data.dropped == {
        "unknown_category": 1,
        "missing_value": 1,
        "not_a_number": 2,
        "out_of_bounds": 2,
        "wrong_field_count": 1,
    }


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("bom.csv", HEADER + "1,Male,19,15,39\n", "utf-8-sig"),
        ("utf16.csv", HEADER + "1,Male,19,15,39\r\n", "utf-16"),
        ("semicolon.csv", HEADER.replace(",", ";") + "1;Male;19;15,0;39\n", "utf-8"),
        ("tab.tsv", HEADER.replace(",", "\t") + "1\tMale\t19\t15\t39\n", "utf-8"),
        ("1252.csv", HEADER.replace("CustomerID", "Kündin") + "1,Male,19,15,39\n", "cp1252"),
    ],
)
def test_files_are_read_whatever_wrote_them(
    tmp_path: Path, name: str, text: str, encoding: str
) -> None:
    assert read(write(tmp_path / name, text, encoding)).encoded.tolist() == [[1, 19, 15, 39]]


def test_gzip_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "1,Male,19,15,39\n").encode()))

    assert read(path).rows == 1


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_gives_what_the_same_csv_gives(tmp_path: Path) -> None:
    source = sample_file(tmp_path / "a.csv", 300)
    with source.open(newline="") as file:
        rows = list(csv.DictReader(file))
    same = parquet(
        tmp_path / "a.parquet",
        Gender=pa.array([row["Gender"] for row in rows]).dictionary_encode(),
        Age=[int(row["Age"]) for row in rows],
        AnnualIncome=[float(row["Annual Income (k$)"]) for row in rows],
        spending_score=[row["Spending Score (1-100)"] for row in rows],
        note=["x"] * 300,
    )

    assert np.array_equal(read(same).encoded, read(source).encoded)


def test_values_of_parquet_are_judged_as_those_of_the_api(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        gender=pa.array([1, 0, 2, None, 1, 1, 1, 1], pa.int8()),
        age=pa.array([19, 20, 21, 22, None, np.nan, np.inf, 150.0], from_pandas=False),
        annual_income=pa.array([15] * 8, pa.decimal128(5, 1)),
        spending_score=pa.array([39] * 8, pa.uint8()),
    )

    data = read(path)

    assert data.encoded.tolist() == [[1, 19, 15, 39], [0, 20, 15, 39]]
    assert data.dropped == {
        "unknown_category": 1,
        "missing_value": 2,
        "not_a_number": 2,
        "out_of_bounds": 1,
    }


def test_values_of_another_kind_are_no_numbers(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        gender=["Male", "Male"],
        age=[True, None],
        annual_income=[1, 1],
        spending_score=[1, 1],
    )

    with pytest.raises(DataError, match=r"no usable row \(1 missing_value, 1 not_a_number\)"):
        read(path)


AWKWARD = st.sampled_from(
    [
        *("", " ", "19", "+19", ".5", "5.", "1e2", "1_000", "NA", "nan", "inf", "1e999", "٣"),
        *("\u00a019", "Male", " female\t", "M", "0", "1.0", "?", "-0", "120", "120.5", "1,5"),
    ]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(AWKWARD, AWKWARD, AWKWARD, AWKWARD), min_size=1, max_size=20))
def test_every_verdict_is_the_domains(
    tmp_path: Path, rows: list[tuple[str, str, str, str]]
) -> None:
    good, reasons = [[0.0, 1.0, 1.0, 1.0]], Counter[str]()
    for row in rows:
        try:
            texts = zip(MALL.features, row, strict=True)
            good.append(list(MALL.encode([feature.read_text(text) for feature, text in texts])))
        except ValueRejected as exc:
            reasons[exc.reason.value] += 1
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([feature.name for feature in MALL.features])
        writer.writerows([("Female", "1", "1", "1"), *rows])
    table = pa.table(
        {
            feature.name: [("Female", "1", "1", "1")[index], *(row[index] for row in rows)]
            for index, feature in enumerate(MALL.features)
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")

    for name in ("a.csv", "a.parquet"):
        data = read(tmp_path / name)
        assert data.encoded.tolist() == good
        assert data.dropped == dict(reasons)


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    write(tmp_path / "2.csv", HEADER + "2,Female,20,2,2\n?\n")
    write(tmp_path / "1.csv", HEADER.replace("Age", "age") + "1,Male,10,1,1\n")
    parquet(tmp_path / "3.parquet", gender=["M"], age=[30], annual_income=[3], spending_score=[3])
    write(tmp_path / "_SUCCESS", "")
    write(tmp_path / ".3.parquet.crc", "x")
    write(tmp_path / "notes.md", "x")

    data = read(tmp_path)

    assert data.encoded[:, 1].tolist() == [10, 20, 30]
    assert (data.files, data.dropped) == (3, {"wrong_field_count": 1})
    lines = [
        f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("1.csv", "2.csv", "3.parquet")
    ]
    assert data.sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_categories_of_customers_are_told(tmp_path: Path) -> None:
    spec = shopper_model().spec
    plan, visits, spend = spec.features
    text = "plan,visits,spend\nPro,1,2\nBasic,3,4\n+,5,6\n"
    data = read(write(tmp_path / "a.csv", text), spec)

    assert data.encoded.tolist() == [[0, 0, 1, 1, 2], [1, 0, 0, 3, 4], [0, 1, 0, 5, 6]]
    assert data.categories(plan).tolist() == [2, 0, 1]  # type: ignore[arg-type]
    assert data.columns(visits)[:, 0].tolist() == [1, 3, 5]
    assert data.columns(spend)[:, 0].tolist() == [2, 4, 6]


def test_codes_lead_back_to_their_categories_in_whatever_order_they_are(tmp_path: Path) -> None:
    raw = MALL.to_dict()
    raw["features"][0]["categories"].append(  # type: ignore[index]
        {"name": "Other", "aliases": [], "code": -1.0}
    )
    spec = Spec.from_dict(raw)
    data = read(write(tmp_path / "a.csv", HEADER + "1,Other,1,1,1\n2,Male,1,1,1\n"), spec)

    assert data.categories(spec.features[0]).tolist() == [2, 1]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv", HEADER.encode(), "no usable row (there is only a header), expected customers"),
        ("a.csv", HEADER.encode() + b"1,?,1,1,1\n", "no usable row (1 unknown_category)"),
        ("a.csv", b"Gender,Age,Annual Income (k$),Spend\nMale,1,1,1\n", "Spending Score (1-100)"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "not text but a picture"),
        ("a.xlsx", b"PK\x03\x04abc", "save it as CSV"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00abc", "gzip"),
        ("a.parquet", b"PAR1 this is none", "not a readable Parquet file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_its_address(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(DataError) as caught:
        read(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nope\.csv"):
        read(tmp_path / "nope.csv")


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "notes.md", "x")

    with pytest.raises(DataError, match="no data in"):
        read(tmp_path)


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.csv", HEADER)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    # Not by its mode: tests may run as a user who may read everything.
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(DataError, match=r"a\.csv: cannot be read: Permission denied"):
        read(path, MALL)


def test_a_column_that_stands_twice_in_parquet_is_refused(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        gender=["M"],
        age=[1],
        Age=[1],
        annual_income=[1],
        spending_score=[1],
    )

    with pytest.raises(DataError, match="both mean Age"):
        read(path)
