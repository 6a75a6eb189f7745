"""The three outputs of an upload are as documented, and read by what people read them with."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from segmentation import ENGINE_VERSION
from tests.support.csvs import (
    MALL_HEADER,
    MALL_ROW,
    Delivery,
    deliver_upload,
    mall_csv,
    read_csv,
    score,
)
from tests.support.models import mall_model, shopper_model

MODEL = mall_model()

HEADER = f"{MALL_HEADER},City,SEGMENT"
ROWS = (
    "0001,Male,19,15,39,Z\u00fcrich,old",
    "0002, female ,+3.05e1,80.25,75,,",
    "3,x,1,1,1,,",
    '4,F,0.1,1e-7,99.99999999999999,"a ""b""\n",x',
)
SCORED_COLUMNS = [
    *("customer_id", "gender", "age", "annual_income", "spending_score", "City", "SEGMENT_input"),
    *("segment", "segment_name", "distance", "margin", "outlier", "model_version"),
]
READERS_KNOW = {
    *("PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"),
    *("DELTA_BINARY_PACKED", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"),
}
"""Encodings that pandas, DuckDB, Spark 3.5 and Athena read; BYTE_STREAM_SPLIT is none of them."""


@pytest.fixture(scope="module")
def delivery() -> Delivery:
    return deliver_upload(MODEL, mall_csv(*ROWS, header=HEADER), "sales/autumn.csv")


@pytest.fixture
def parquet(delivery: Delivery, tmp_path: Path) -> Path:
    path = tmp_path / "autumn.parquet"
    path.write_bytes(delivery.objects["scored/sales/autumn.csv.parquet"])
    return path


def parquet_file(delivery: Delivery) -> pyarrow.parquet.ParquetFile:
    data = delivery.objects["scored/sales/autumn.csv.parquet"]
    return pyarrow.parquet.ParquetFile(io.BytesIO(data))


def test_columns_are_in_input_order_and_then_those_of_scoring(delivery: Delivery) -> None:
    assert delivery.table.column_names == SCORED_COLUMNS


def test_physical_types_come_from_the_model(delivery: Delivery) -> None:
    schema = parquet_file(delivery).schema
    columns = [schema.column(place) for place in range(len(SCORED_COLUMNS))]

    assert [(column.physical_type, column.logical_type.type) for column in columns] == [
        *[("BYTE_ARRAY", "STRING")] * 2,
        *[("DOUBLE", "NONE")] * 3,
        *[("BYTE_ARRAY", "STRING")] * 2,
        ("INT32", "NONE"),
        ("BYTE_ARRAY", "STRING"),
        *[("DOUBLE", "NONE")] * 2,
        ("BOOLEAN", "NONE"),
        ("BYTE_ARRAY", "STRING"),
    ]


@pytest.mark.parametrize(
    "rows",
    [(), ("1,1,1,1,1,1,2026-01-01",), ("x,M,1,1,1,,true",), ("a,b,c,d,e,f,g",)],
    ids=["no rows", "all look like numbers", "true", "none is scored"],
)
def test_types_do_not_depend_on_the_data_of_one_file(
    delivery: Delivery, rows: tuple[str, ...]
) -> None:
    other = score(MODEL, mall_csv(*rows, header=HEADER))

    expected = delivery.table.schema.remove_metadata()
    assert other.table.schema.remove_metadata() == expected


def test_values_stand_as_they_stood(delivery: Delivery) -> None:
    table = delivery.table

    assert table["customer_id"].to_pylist() == ["0001", "0002", "4"]
    assert table["gender"].to_pylist() == ["Male", " female ", "F"]
    assert table["age"].to_pylist() == [19.0, 30.5, 0.1]
    assert table["annual_income"].to_pylist() == [15.0, 80.25, 1e-7]
    assert table["spending_score"].to_pylist() == [39.0, 75.0, 99.99999999999999]
    assert table["City"].to_pylist() == ["Z\u00fcrich", "", 'a "b"\n']
    assert table["SEGMENT_input"].to_pylist() == ["old", "", "x"]
    assert table["segment"].to_pylist() == [2, 1, 2]
    assert table["model_version"].to_pylist() == ["v1"] * 3


def test_original_headers_stand_in_the_field_metadata(delivery: Delivery) -> None:
    fields = list(parquet_file(delivery).schema_arrow)

    headers = [(field.metadata or {}).get(b"header", b"").decode() for field in fields]
    assert headers == [*HEADER.split(","), *[""] * 6]


def test_lineage_stands_in_the_key_value_metadata(delivery: Delivery) -> None:
    metadata = parquet_file(delivery).metadata.metadata
    source = delivery.report["source"]

    lineage = {
        name.decode(): value.decode()
        for name, value in metadata.items()
        if name.startswith(b"segmentation.")
    }
    assert lineage == {
        "segmentation.source_bucket": "uploads",
        "segmentation.source_key": "sales/autumn.csv",
        "segmentation.source_version_id": source["version_id"],
        "segmentation.source_etag": source["etag"],
        "segmentation.model_version": "v1",
        "segmentation.engine_version": ENGINE_VERSION,
    }


def every_column_chunk(data: bytes) -> list[Any]:
    metadata = pyarrow.parquet.ParquetFile(io.BytesIO(data)).metadata
    return [
        metadata.row_group(group).column(place)
        for group in range(metadata.num_row_groups)
        for place in range(metadata.num_columns)
    ]


def test_only_encodings_that_every_reader_knows() -> None:
    distinct = [
        f"id-{number * 7919 % 100_003},F,{number % 80},{number / 7},5" for number in range(9_000)
    ]
    alike = [MALL_ROW] * 9_000
    uploads = (mall_csv(), mall_csv(*distinct), mall_csv(*alike), mall_csv(*ROWS, header=HEADER))

    for upload in uploads:
        chunks = every_column_chunk(score(MODEL, upload).parquet)
        assert {encoding for chunk in chunks for encoding in chunk.encodings} <= READERS_KNOW
        assert {chunk.compression for chunk in chunks} <= {"ZSTD", "UNCOMPRESSED"}


def test_segments_and_names_are_dictionary_encoded() -> None:
    chunks = every_column_chunk(score(MODEL, mall_csv(*[MALL_ROW] * 100)).parquet)

    for name in ("gender", "segment", "segment_name", "model_version"):
        (chunk,) = [chunk for chunk in chunks if chunk.path_in_schema == name]
        assert chunk.has_dictionary_page


def test_row_groups_are_sized_for_readers() -> None:
    data = score(MODEL, mall_csv(*[MALL_ROW] * 600_000)).parquet
    metadata = pyarrow.parquet.ParquetFile(io.BytesIO(data)).metadata

    sizes = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    assert sum(sizes) == 600_000
    assert len(set(sizes[:-1])) == 1
    assert 100_000 <= sizes[0] <= 1_000_000


def test_the_same_upload_and_model_give_the_same_bytes() -> None:
    rows = [
        f"{number},F,{number % 80},{number / 7},{1 + number % 100}" for number in range(100_000)
    ]
    upload = mall_csv(*rows, "bad", *rows)

    first, second = score(MODEL, upload), score(MODEL, upload)

    assert first.parquet == second.parquet
    assert first.rejects == second.rejects


def test_pandas_reads_the_labelled_file(parquet: Path) -> None:
    frame = pd.read_parquet(parquet)

    assert list(frame.columns) == SCORED_COLUMNS
    assert list(frame["customer_id"]) == ["0001", "0002", "4"]
    assert frame["segment"].dtype == "int32"
    assert frame["distance"].dtype == "float64"
    assert frame["outlier"].dtype == "bool"
    assert list(frame["segment_name"]) == [
        "Young Low Income - High Spending",
        "High Income - High Spending",
        "Young Low Income - High Spending",
    ]
    assert frame.groupby("segment_name", observed=True).size().to_dict() == {
        "High Income - High Spending": 1,
        "Young Low Income - High Spending": 2,
    }


def test_duckdb_reads_the_labelled_file(parquet: Path) -> None:
    with duckdb.connect() as connection:
        relation = connection.read_parquet(str(parquet))
        rows = relation.select(
            "customer_id, gender, age, segment, segment_name, outlier"
        ).fetchall()

        assert dict(zip(relation.columns, map(str, relation.types), strict=True)) == {
            **dict.fromkeys(("customer_id", "gender"), "VARCHAR"),
            **dict.fromkeys(("age", "annual_income", "spending_score"), "DOUBLE"),
            **dict.fromkeys(("City", "SEGMENT_input"), "VARCHAR"),
            "segment": "INTEGER",
            "segment_name": "VARCHAR",
            "distance": "DOUBLE",
            "margin": "DOUBLE",
            "outlier": "BOOLEAN",
            "model_version": "VARCHAR",
        }
    assert rows[1] == ("0002", " female ", 30.5, 1, "High Income - High Spending", False)


def test_duckdb_computes_the_same_distances(parquet: Path) -> None:
    with duckdb.connect() as connection:
        (worst,) = connection.execute(
            """
            with labelled as (select *, (gender = 'Male')::int as sex from read_parquet(?)),
            centroids(id, g, a, i, s) as (
                values (0, 0.5, 45, 60, 35), (1, 0.5, 33, 90, 80), (2, 0.5, 26, 30, 70)
            )
            select max(abs(distance - nearest)) from labelled, lateral (
                select min(sqrt((sex - g)^2 + (age - a)^2 + (annual_income - i)^2
                    + (spending_score - s)^2)) as nearest from centroids
            )
            """,
            [str(parquet)],
        ).fetchone() or (None,)
    assert worst is not None
    assert worst < 1e-9


def no_spark() -> str:
    """Give the reason why Spark cannot run here, if there is one."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed"
    return "" if shutil.which("java") else "there is no Java"


@pytest.mark.slow
@pytest.mark.skipif(bool(no_spark()), reason=no_spark() or "-")
@pytest.mark.filterwarnings("ignore")
def test_spark_reads_the_labelled_file_with_its_vectorised_reader(tmp_path: Path) -> None:
    from pyspark.sql import SparkSession

    rows = [f"id-{number},F,{number % 80},{number / 7},5,{number},x" for number in range(5_000)]
    path = tmp_path / "labelled.parquet"
    path.write_bytes(score(MODEL, mall_csv(*rows, *ROWS, header=HEADER)).parquet)
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    try:
        frame = session.read.parquet(str(path))
        assert frame.columns == SCORED_COLUMNS
        assert frame.count() == 5_003
        found = [tuple(row) for row in frame.collect()]
    finally:
        session.stop()

    expected = pyarrow.parquet.read_table(path).to_pylist()
    assert found == [tuple(row.values()) for row in expected]


def test_a_file_without_rows_has_the_same_columns_for_every_reader(tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    path.write_bytes(score(MODEL, mall_csv("bad", header=HEADER)).parquet)

    assert list(pd.read_parquet(path).columns) == SCORED_COLUMNS
    with duckdb.connect() as connection:
        assert connection.read_parquet(str(path)).columns == SCORED_COLUMNS
        assert connection.read_parquet(str(path)).fetchall() == []


def test_one_reader_query_spans_files_of_different_shapes(tmp_path: Path) -> None:
    for name, upload in (
        ("a", mall_csv(*ROWS, header=HEADER)),
        ("b", mall_csv("Male,19,15,39", header=MALL_HEADER.partition(",")[2])),
        ("c", mall_csv("bad")),
    ):
        (tmp_path / f"{name}.parquet").write_bytes(score(MODEL, upload).parquet)

    with duckdb.connect() as connection:
        counts = connection.execute(
            "select segment, count(*) "
            "from read_parquet(?, union_by_name=true) group by 1 order by 1",
            [str(tmp_path / "*.parquet")],
        ).fetchall()

    assert counts == [(1, 1), (2, 3)]


def test_rejects_have_a_mark_the_delimiter_of_the_upload_and_each_row_as_it_stood(
    delivery: Delivery,
) -> None:
    data = delivery.objects["rejected/sales/autumn.csv.csv"]

    assert (
        data
        == (
            "\ufeff_row,_reason,_detail,CustomerID,Gender,Age,Annual Income (k$),"
            "Spending Score (1-100),City,SEGMENT\n"
            '4,unknown_category,"gender: ""x"" is unknown, expected one of Female, Male",'
            "3,x,1,1,1,,\n"
        ).encode()
    )


def test_rejects_of_a_clean_upload_are_a_header_alone() -> None:
    clean = deliver_upload(MODEL, mall_csv(MALL_ROW).replace(b",", b";"))

    assert clean.rejects == "_row;_reason;_detail;" + MALL_HEADER.replace(",", ";") + "\n"


def test_rejects_open_in_pandas_and_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(score(MODEL, mall_csv('1,"x\n""y""",1,1,1', "2,M,abc,1,1")).rejects)

    frame = pd.read_csv(path, dtype=str)
    with duckdb.connect() as connection:
        rows = connection.read_csv(str(path), all_varchar=True).fetchall()

    assert list(frame["_row"]) == ["2", "3"]
    assert list(frame["Gender"]) == ['x\n"y"', "M"]
    assert [row[4] for row in rows] == ['x\n"y"', "M"]
    assert rows[1][2] == 'age: "abc" is not a number'


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_reject_file_mended_in_a_spreadsheet_scores(delimiter: str) -> None:
    text = mall_csv(*ROWS, header=HEADER).decode().replace(",", delimiter)
    first = deliver_upload(MODEL, text.encode())

    header, *records = read_csv(first.rejects, delimiter)
    place = header.index("Gender")
    mended = [[*record[:place], "Female", *record[place + 1 :]] for record in records]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([header, *mended])
    second = deliver_upload(MODEL, written.getvalue().encode("utf-8-sig"), "mended.csv")

    assert second.report["status"] == "scored"
    assert second.table.column_names == SCORED_COLUMNS
    assert second.table["customer_id"].to_pylist() == ["3"]


def test_the_report(delivery: Delivery) -> None:
    report = delivery.report

    assert report == {
        "format": "segmentation-report",
        "format_version": 1,
        "status": "partly_scored",
        "rows": {"read": 4, "scored": 3, "rejected": 1},
        "reasons": {"unknown_category": 1},
        "advice": report["advice"],
        "segments": [
            {"id": 0, "name": "Low Income - Low Spending", "count": 0, "share": 0.0},
            {"id": 1, "name": "High Income - High Spending", "count": 1, "share": 1 / 3},
            {"id": 2, "name": "Young Low Income - High Spending", "count": 2, "share": 2 / 3},
        ],
        "warnings": [
            {
                "field": "age",
                "code": "untypical_value",
                "count": 1,
                "message": "age: outside the typical range, 18 to 70",
            },
            {
                "field": "annual_income",
                "code": "untypical_value",
                "count": 1,
                "message": "annual_income: outside the typical range, 10 to 150",
            },
        ],
        "drift": report["drift"],
        "encoding": "utf-8",
        "delimiter": ",",
        "model_version": "v1",
        "engine_version": ENGINE_VERSION,
        "bytes_read": report["source"]["size"],
        "seconds": report["seconds"],
        "source": report["source"],
        "rescore": None,
        "outputs": report["outputs"],
    }
    assert 0 < report["seconds"] < 60
    assert set(report["outputs"]) == {"scored", "rejected"}
    for output in report["outputs"].values():
        assert set(output) == {"key", "version_id", "etag"}


def test_the_report_of_a_refused_upload() -> None:
    report = deliver_upload(MODEL, b"a,b\n").report

    assert report == {
        "format": "segmentation-report",
        "format_version": 1,
        "status": "refused",
        "refusal": report["refusal"],
        "rows": {"read": 0, "scored": 0, "rejected": 0},
        "reasons": {},
        "segments": [],
        "warnings": [],
        "drift": None,
        "model_version": "v1",
        "engine_version": ENGINE_VERSION,
        "bytes_read": 4,
        "seconds": report["seconds"],
        "source": report["source"],
        "rescore": None,
        "outputs": report["outputs"],
    }
    assert set(report["refusal"]) == {"code", "message"}


def test_a_report_is_json_for_people_too() -> None:
    written = deliver_upload(MODEL, mall_csv(MALL_ROW), "Z\u00fcrich.csv").objects[
        "reports/Z\u00fcrich.csv.json"
    ]

    assert b'\n  "status": "scored",\n' in written
    assert "Z\u00fcrich".encode() in written
    assert json.loads(written)["source"]["key"] == "Z\u00fcrich.csv"


def test_drift_is_reported_by_feature_and_for_the_segments() -> None:
    rows = [f"{number},Female,20,10,{1 + number % 100}" for number in range(5_000)]

    drift = deliver_upload(MODEL, mall_csv(*rows)).report["drift"]

    assert set(drift) == {"sampled_rows", "features", "segments"}
    assert list(drift["features"]) == ["gender", "age", "annual_income", "spending_score"]
    bands = {name: found["band"] for name, found in drift["features"].items()}
    assert bands == {
        "gender": "large",
        "age": "large",
        "annual_income": "large",
        "spending_score": "none",
    }
    assert drift["segments"]["band"] == "large"


def test_one_hot_models_keep_the_text_of_the_category() -> None:
    table = score(shopper_model(), b"shopper,plan,visits,spend\n7, plus,12,150\n").table

    assert table.column_names[:4] == ["shopper", "plan", "visits", "spend"]
    assert table["plan"].to_pylist() == [" plus"]
    assert pa.types.is_float64(table.schema.field("visits").type)
