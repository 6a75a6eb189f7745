"""Uploads, scored by the package in AWS's emulator."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from infra.lambda_emulator.emulator import Emulator, Function
from infra.lambda_emulator.packages import ROOT
from infra.local import LocalStack
from tests.end_to_end.lambda_runtime.tap import Tap
from tests.end_to_end.lambda_runtime.uploads import Uploads, bare
from tests.support.csvs import MALL_HEADER, mall_csv

EVENTS = ROOT / "tests" / "events"

CUSTOMERS = ("0001,Female,30,80,75", "0002,Male,45,60,35", "0003,Male,26,30,70")
# From the centroids of `mall_model`: the first as its MALL_CUSTOMER, the others on a centroid but
# for half of a gender.
SEGMENTS = [1, 0, 2]
DISTANCES = [134.25**0.5, 0.5, 0.5]

DONE: dict[str, list[object]] = {"batchItemFailures": []}

TIMEOUT_SECONDS = 30
"""Short for a test, and yet more than the engine keeps in reserve (`score.budget`)."""


def semicolons(text: str) -> str:
    return text.replace(",", ";").replace(";30;", ";30,0;")


ACCEPTED: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a byte order mark, CRLF": lambda text: text.replace("\n", "\r\n").encode(
        "utf-8-sig"
    ),
    "gzip": lambda text: gzip.compress(text.encode()),
    "UTF-16, little end first": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Windows-1252, semicolons, decimal comma": lambda text: semicolons(text).encode("cp1252"),
    "tabs, gzip": lambda text: gzip.compress(text.replace(",", "\t").encode()),
}


def test_a_file_dropped_comes_out_labelled(score: Emulator, uploads: Uploads) -> None:
    key = "november 2026/new+customers.csv"
    event = uploads.drop(key, mall_csv(*CUSTOMERS, "0004,Female,n0ne,80,75"))

    answer = score.invoke(event)

    assert answer == DONE
    table = uploads.table(key)
    assert table["customer_id"].to_pylist() == ["0001", "0002", "0003"]
    assert table["segment"].to_pylist() == SEGMENTS
    assert table["distance"].to_pylist() == DISTANCES
    assert table["segment_name"][0].as_py() == "High Income - High Spending"
    assert uploads.rejects(key).splitlines()[1:] == [
        '5,not_a_number,"age: ""n0ne"" is not a number",0004,Female,n0ne,80,75'
    ]
    report = uploads.report(key)
    assert report["status"] == "partly_scored"
    assert report["rows"] == {"read": 4, "scored": 3, "rejected": 1}


def test_the_same_message_again_changes_nothing(score: Emulator, uploads: Uploads) -> None:
    event = uploads.drop("twice.csv", mall_csv(*CUSTOMERS))
    first = score.invoke(event), uploads.report("twice.csv")

    assert (score.invoke(event), uploads.report("twice.csv")) == first


def test_a_bare_s3_event_answers_what_became_of_the_upload(
    score: Emulator, uploads: Uploads, stack: LocalStack
) -> None:
    event = bare(uploads.drop("bare.csv", mall_csv(*CUSTOMERS)))

    (upload,) = score.invoke(event)["uploads"]

    assert (upload["bucket"], upload["key"]) == (stack.uploads_bucket, "bare.csv")
    assert (upload["status"], upload["written"]) == ("scored", True)
    assert upload["rows"] == {"read": 3, "scored": 3, "rejected": 0}
    assert uploads.table("bare.csv")["segment"].to_pylist() == SEGMENTS


@pytest.mark.parametrize("form", ACCEPTED)
def test_every_accepted_form_of_a_file_is_read(
    score: Emulator, uploads: Uploads, form: str
) -> None:
    rows = [f"{line},Müller" for line in CUSTOMERS]
    text = "".join(f"{line}\n" for line in (f"{MALL_HEADER},Straße", *rows))

    answer = score.invoke(uploads.drop(f"{form}.csv", ACCEPTED[form](text)))

    assert answer == DONE
    table = uploads.table(f"{form}.csv")
    assert table["segment"].to_pylist() == SEGMENTS
    assert table["distance"].to_pylist() == DISTANCES
    assert table["Straße"].to_pylist() == ["Müller"] * 3


def test_every_encoding_and_codec_that_is_written_can_be_read(
    score: Emulator, uploads: Uploads
) -> None:
    rows = [
        f"{number:06},{'Male' if number % 2 else 'Female'},{18 + number % 60},{number % 140},"
        f"{1 + number * 13 % 100},{number * 2654435761 % 2**32:08x}"
        for number in range(40_000)
    ]

    assert (
        score.invoke(
            uploads.drop("encodings.csv", mall_csv(*rows, header=f"{MALL_HEADER},Voucher"))
        )
        == DONE
    )

    file = pyarrow.parquet.ParquetFile(io.BytesIO(uploads.parquet("encodings.csv")))
    group = file.metadata.row_group(0)
    columns = {
        column.path_in_schema: (column.compression, set(column.encodings))
        for column in (group.column(place) for place in range(group.num_columns))
    }
    assert columns["Voucher"] == ("ZSTD", {"DELTA_LENGTH_BYTE_ARRAY", "RLE"})
    assert columns["gender"][0] == "ZSTD"
    assert "RLE_DICTIONARY" in columns["gender"][1]
    assert {codec for codec, _ in columns.values()} <= {"ZSTD", "UNCOMPRESSED"}
    assert file.read()["Voucher"].to_pylist() == [row.rpartition(",")[2] for row in rows]


def test_a_file_of_many_parts_is_scored_as_duckdb_computes_it(
    score: Emulator, uploads: Uploads, tmp_path: Path
) -> None:
    rows = [
        f"{number:09},{'Male' if number % 2 else 'Female'},{18 + number % 61},"
        f"{number * 7 % 141},{1 + number * 13 % 100}"
        for number in range(400_000)
    ]
    data = mall_csv(*rows)
    assert len(data) > 8 << 20  # read in more than one range

    assert score.invoke(uploads.drop("large.csv", data)) == DONE

    (tmp_path / "large.csv").write_bytes(data)
    (tmp_path / "large.parquet").write_bytes(uploads.parquet("large.csv"))
    centroids = ((0, 45, 60, 35), (1, 33, 90, 80), (2, 26, 30, 70))
    squares = ", ".join(
        f'(Age - {age}) ** 2 + ("Annual Income (k$)" - {income}) ** 2 '
        f'+ ("Spending Score (1-100)" - {spending}) ** 2 AS d{identifier}'
        for identifier, age, income, spending in centroids
    )
    wrong = duckdb.execute(
        f"""
        WITH expected AS (SELECT CustomerID AS customer_id, {squares}
            FROM read_csv('{tmp_path}/large.csv', all_varchar = false,
                types = {{'CustomerID': 'VARCHAR'}}))
        SELECT count(*) FILTER (segment <> CASE
                WHEN d0 <= least(d1, d2) THEN 0 WHEN d1 <= d2 THEN 1 ELSE 2 END),
            count(*) FILTER (abs(distance - sqrt(least(d0, d1, d2) + 0.25)) > 1e-9),
            count(*)
        FROM expected JOIN '{tmp_path}/large.parquet' USING (customer_id)
        """
    ).fetchone()
    assert wrong == (0, 0, 400_000)


@pytest.mark.parametrize(
    "name", ["sqs-s3-test-event.json", "s3-put-folder.json", "s3-test-event.json"]
)
def test_an_event_that_speaks_of_no_upload_is_done(score: Emulator, name: str) -> None:
    answer = score.post((EVENTS / name).read_bytes())

    assert json.loads(answer) in (DONE, {"uploads": []})


def test_a_refused_upload_is_an_answer_and_no_failure(score: Emulator, uploads: Uploads) -> None:
    answer = score.invoke(uploads.drop("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(100)))

    assert answer == DONE
    assert uploads.report("photo.csv")["status"] == "refused"
    assert uploads.table("photo.csv").num_rows == 0


def test_a_message_that_is_no_event_is_handed_back_by_its_id(score: Emulator) -> None:
    answer = score.post((EVENTS / "sqs-not-an-event.json").read_bytes())

    assert json.loads(answer) == {
        "batchItemFailures": [{"itemIdentifier": "00000000-0000-4000-8000-000000000005"}]
    }


def test_a_bare_event_of_no_known_shape_is_the_functions_error(score: Emulator) -> None:
    answer = score.invoke({"hello": "world"})

    assert answer["errorType"] == "DocumentError"
    assert answer["errorMessage"] == "event.Records: missing, expected an S3 notification"
    assert set(answer) == {"errorType", "errorMessage", "requestId", "stackTrace"}


def test_what_is_not_json_is_refused_by_the_runtime_and_the_next_event_is_scored(
    score: Emulator, uploads: Uploads
) -> None:
    refused = json.loads(score.post(b"please score my file"))

    assert refused["errorType"] == "Runtime.UnmarshalError"
    assert score.invoke(uploads.drop("after.csv", mall_csv(*CUSTOMERS))) == DONE


def test_one_process_served_all_of_this_and_logged_no_customer(
    score: Emulator, uploads: Uploads
) -> None:
    score.invoke(uploads.drop("log.csv", mall_csv(*CUSTOMERS, "9,Female,s3cret,80,75")))

    assert score.starts == 1
    assert "s3cret" not in score.log
    metrics = [line for line in score.lines if "_aws" in line]
    assert (metrics[-1]["RowsScored"], metrics[-1]["RowsRejected"]) == ([3], [1])
    assert {line["level"] for line in score.lines if "level" in line} <= {"INFO", "ERROR"}


def test_without_a_champion_the_message_comes_back_soon(
    functions: dict[str, Function], uploads: Uploads, stack: LocalStack, tmp_path: Path
) -> None:
    function = functions["ScoreFunction"]
    variables = {
        **function.variables,
        "SEGMENT_REGISTRY": f"s3://{stack.models_bucket}/nothing",
    }
    event = uploads.drop("too early.csv", mall_csv(*CUSTOMERS))
    with Emulator(replace(function, variables=variables), tmp_path / "emulator") as score:
        answer, raised = score.invoke(event), score.invoke(bare(event))

        (record,) = event["Records"]
        assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
        assert raised["errorType"] == "NoChampion"
        (put_off, _) = [line for line in score.lines if line.get("message") == "upload put off"]
        assert 5 <= put_off["seconds"] <= 15
        assert score.starts == 1

    # The queue was told: it shows the message again long before its own fifteen minutes.
    again = uploads.next_event(seconds=20)
    assert again["Records"][0]["messageId"] == record["messageId"]


def test_missing_settings_are_named_all_at_once(
    functions: dict[str, Function], uploads: Uploads, tmp_path: Path
) -> None:
    function = functions["ScoreFunction"]
    variables = {"MODEL_TTL_SECONDS": "soon"}
    with Emulator(replace(function, variables=variables), tmp_path / "emulator") as score:
        answer = score.post((EVENTS / "s3-put.json").read_bytes())

    error = json.loads(answer)
    assert error["errorType"] == "SettingsError"
    for name in ("SEGMENT_REGISTRY", "RESULTS_BUCKET", "MODEL_TTL_SECONDS"):
        assert name in error["errorMessage"]


def test_after_a_timeout_the_same_message_is_scored_by_a_new_process(
    functions: dict[str, Function],
    uploads: Uploads,
    stack: LocalStack,
    champion: str,
    tmp_path: Path,
) -> None:
    function = functions["ScoreFunction"]
    event = uploads.drop("timeout.csv", mall_csv(*CUSTOMERS))
    with Tap(stack.endpoint_url) as tap:
        variables = {**function.variables, "AWS_ENDPOINT_URL": tap.url}
        function = replace(function, variables=variables, timeout_seconds=TIMEOUT_SECONDS)
        with Emulator(function, tmp_path / "emulator") as score:
            tap.is_open = False
            timed_out = score.post(json.dumps(event).encode())
            tap.is_open = True
            answer = score.invoke(event)

            assert timed_out == f"Task timed out after {TIMEOUT_SECONDS}.00 seconds".encode()
            assert answer == DONE
            assert score.starts == 2
    assert uploads.table("timeout.csv")["segment"].to_pylist() == SEGMENTS
