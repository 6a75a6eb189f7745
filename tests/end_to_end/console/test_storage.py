"""Buckets and registry as the console reads them, on the local stack's S3."""

from __future__ import annotations

import io

import boto3
import pyarrow as pa
import pyarrow.parquet
import pytest
from botocore.stub import Stubber

from console.champion import IMPOSSIBLE, may_move_champion
from console.errors import OutputGone, UploadExists
from console.results import Results
from console.uploads import Uploads
from infra.local import LocalStack
from segmentation.registry import Registry
from segmentation.report import Output


@pytest.fixture
def results(stack: LocalStack) -> Results:
    return Results(stack.client("s3"), stack.results_bucket)


@pytest.fixture
def uploads(stack: LocalStack) -> Uploads:
    return Uploads(stack.client("s3"), stack.uploads_bucket)


def put(stack: LocalStack, key: str, body: bytes) -> Output:
    answer = stack.client("s3").put_object(Bucket=stack.results_bucket, Key=key, Body=body)
    return Output(key, answer["VersionId"], answer["ETag"])


def test_an_output_is_read_in_the_version_that_the_report_names(
    stack: LocalStack, results: Results
) -> None:
    first = put(stack, "scored/a.parquet", b"first")
    put(stack, "scored/a.parquet", b"another")

    assert results.read(first) == b"first"
    assert results.size(first) == 5


def test_an_output_that_is_gone_is_told(stack: LocalStack, results: Results) -> None:
    output = put(stack, "scored/gone.parquet", b"soon gone")
    stack.client("s3").delete_object(
        Bucket=stack.results_bucket, Key=output.key, VersionId=str(output.version_id)
    )

    with pytest.raises(OutputGone, match="replaced or removed"):
        results.read(output)


def test_labelled_rows_become_csv_that_excel_reads(stack: LocalStack, results: Results) -> None:
    table = pa.table({"id": ["0001", "Ä,b"], "age": [1.5, 2.0], "outlier": [True, False]})
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)

    text = results.labelled_csv(put(stack, "scored/b.parquet", file.getvalue()))

    assert text.decode("utf-8-sig") == ('"id","age","outlier"\n"0001",1.5,true\n"Ä,b",2,false\n')
    assert text.startswith(b"\xef\xbb\xbf")


def test_of_many_rejected_rows_the_first_are_read(stack: LocalStack, results: Results) -> None:
    rows = "".join(f'{number};not_a_number;"a\nb";x\n' for number in range(2, 200_000))
    output = put(stack, "rejected/c.csv", f"\ufeff_row;_reason;_detail;age\n{rows}".encode())

    header, first, *others = results.first_rejected(output, ";", 50)

    assert header == ["_row", "_reason", "_detail", "age"]
    assert first == ["2", "not_a_number", "a\nb", "x"]
    assert len(others) == 49


def test_an_upload_is_not_replaced_unless_it_is_said(uploads: Uploads) -> None:
    uploads.drop("once.csv.gz", io.BytesIO(b"a"), replace=False)

    with pytest.raises(UploadExists):
        uploads.drop("once.csv.gz", io.BytesIO(b"b"), replace=False)

    assert uploads.free_name("once.csv.gz") == "once (2).csv.gz"
    again = uploads.drop("once.csv.gz", io.BytesIO(b"b"), replace=True)
    assert again.version_id


def test_asking_whether_one_may_promote_promotes_nothing(
    stack: LocalStack, registry: Registry
) -> None:
    before = registry.champion()

    assert may_move_champion(stack.client("s3"), stack.registry)

    assert registry.champion() == before
    versions = stack.client("s3").list_object_versions(
        Bucket=stack.models_bucket, Prefix="aliases/"
    )["Versions"]
    assert [one["ETag"] for one in versions if one["IsLatest"]] == [before.etag]
    assert len(versions) == len({one["VersionId"] for one in versions})


@pytest.mark.parametrize(
    ("code", "may"), [("PreconditionFailed", True), ("AccessDenied", False), ("SlowDown", False)]
)
def test_whoever_may_not_write_the_alias_may_not_promote(code: str, may: bool) -> None:
    s3 = boto3.client("s3", region_name="eu-central-1")
    key = "team/aliases/champion.json"
    with Stubber(s3) as stub:
        stub.add_response("get_object", {"Body": io.BytesIO(b"{}")}, {"Bucket": "m", "Key": key})
        asked = {"Bucket": "m", "Key": key, "Body": b"{}", "IfMatch": IMPOSSIBLE}
        stub.add_client_error("put_object", code, expected_params=asked)

        assert may_move_champion(s3, "s3://m/team/") is may
