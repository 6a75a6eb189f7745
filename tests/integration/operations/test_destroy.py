"""Deleting a deployed system, with and without what is in its buckets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from moto import mock_aws

from operations.destroy import OUTPUTS, main
from operations.versions import delete_versions
from tests.support.deployment import Stack

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKETS = ("shop-uploads", "shop-results", "shop-models")
LOCATION: Any = {"LocationConstraint": "eu-central-1"}


@pytest.fixture
def s3() -> Iterator[S3Client]:
    """An account with a stack that names three versioned buckets, and a stranger's bucket."""
    with mock_aws():
        client = boto3.client("s3")
        for bucket in (*BUCKETS, "strangers"):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration=LOCATION)
            client.put_bucket_versioning(
                Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
            )
            for key in ("a.csv", "a.csv", "sub/b +%.csv"):
                client.put_object(Bucket=bucket, Key=key, Body=b"x")
            client.delete_object(Bucket=bucket, Key="a.csv")
            client.create_multipart_upload(Bucket=bucket, Key="begun +%.csv")
        _deploy("shop", dict(zip(OUTPUTS, BUCKETS, strict=True)))
        yield client


def _deploy(name: str, outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def destroy(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


def buckets(s3: S3Client) -> set[str]:
    return {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def stands(name: str) -> bool:
    try:
        boto3.client("cloudformation").describe_stacks(StackName=name)
    except ClientError:
        return False
    return True


def test_the_outputs_are_the_templates(s3: S3Client) -> None:
    assert set(OUTPUTS) <= set(Stack().outputs)


def test_the_stack_goes_and_the_buckets_stay(s3: S3Client) -> None:
    result = destroy("shop", typed="y\n")

    assert result.exit_code == 0, result.output
    assert not stands("shop")
    assert buckets(s3) == {*BUCKETS, "strangers"}
    assert "In account 123456789012, eu-central-1:" in result.output
    assert "Kept s3://shop-models." in result.output


def test_purged_the_buckets_go_with_all_versions_and_no_others(s3: S3Client) -> None:
    result = destroy("shop", "--purge", typed="shop\n")

    assert result.exit_code == 0, result.output
    assert not stands("shop")
    assert buckets(s3) == {"strangers"}
    assert len(s3.list_object_versions(Bucket="strangers")["Versions"]) == 3
    for bucket in BUCKETS:  # two of a.csv and its marker, and the other key
        assert f"Deleted s3://{bucket}: 4 versions." in result.output


def test_buckets_that_an_earlier_delete_left_can_be_purged_later(s3: S3Client) -> None:
    destroy("shop", "--yes")

    assert "Nothing to do" in destroy("shop", "--yes").output
    assert buckets(s3) == {*BUCKETS, "strangers"}
    assert destroy("shop", "--purge", "--yes").exit_code == 0
    assert buckets(s3) == {"strangers"}
    assert "Nothing to do" in destroy("shop", "--purge", "--yes").output


def test_without_a_yes_nothing_is_touched(s3: S3Client) -> None:
    for arguments, typed in (
        (["shop"], "n\n"),
        (["shop"], ""),
        (["shop", "--purge"], "y\n"),
        (["shop", "--purge"], ""),
    ):
        assert destroy(*arguments, typed=typed).exit_code == 1

    assert stands("shop")
    assert buckets(s3) == {*BUCKETS, "strangers"}
    assert len(s3.list_object_versions(Bucket="shop-models")["Versions"]) == 3


def test_no_stack_and_another_stack_are_refused(s3: S3Client) -> None:
    _deploy("other", {})

    for name, reason in (
        ("nothing", 'there is no stack "nothing" in eu-central-1'),
        ("other", '"other" is no stack of template.yaml'),
    ):
        result = destroy(name, "--purge", "--yes")
        assert (result.exit_code, reason in result.stderr) == (1, True), result.output
    assert stands("other")


def test_what_s3_keeps_is_told_and_stops_it(s3: S3Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> dict[str, Any]:
        return {"Errors": [{"Code": "AccessDenied"}] * 2}

    monkeypatch.setattr(s3, "delete_objects", refuse)
    monkeypatch.setattr(boto3, "client", _clients(s3))

    result = destroy("shop", "--purge", "--yes")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: s3://shop-uploads: AccessDenied, 2 versions are still there; it can be repeated "
        "once that is mended\n"
    )
    assert buckets(s3) == {*BUCKETS, "strangers"}


def test_keys_that_xml_cannot_hold_are_removed_too(s3: S3Client) -> None:
    # One by one, in the address; moto lists no such keys, so they are named here.
    batch: Any = [
        {"Key": key, "VersionId": s3.put_object(Bucket="shop-models", Key=key)["VersionId"]}
        for key in ("\x01\x7f.csv", "\ufffe.csv", "plain.csv")
    ]

    assert delete_versions(s3, "shop-models", batch) == 3

    for one in batch:
        with pytest.raises(ClientError, match="404"):
            s3.head_object(Bucket="shop-models", Key=one["Key"], VersionId=one["VersionId"])


def _clients(s3: S3Client) -> Any:
    make = boto3.client
    return lambda service, *rest: s3 if service == "s3" else make(service, *rest)
