"""The command line on S3: data and registry at ``s3://`` addresses, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import numpy as np
import pytest
from moto import mock_aws

from segmentation.errors import TransientError
from tests.support.cli import segment
from tests.support.customers import read, sample_file
from training.data.reading import read_customers
from training.errors import DataError
from training.specs.files import load_spec

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MALL = load_spec("mall_customers")


@pytest.fixture
def s3() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="data")
        client.create_bucket(Bucket="models")
        yield client


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    return sample_file(tmp_path / "customers.csv", 120)


def test_one_object_is_read_like_the_file(s3: S3Client, customers: Path) -> None:
    s3.upload_file(str(customers), "data", "in/customers.csv")

    found = read_customers("s3://data/in/customers.csv", MALL, lambda: s3)

    assert np.array_equal(found.encoded, read(customers).encoded)
    assert found.sha256 == read(customers).sha256
    assert found.address == "s3://data/in/customers.csv"


@pytest.mark.parametrize("address", ["s3://data/in", "s3://data/in/"])
def test_a_prefix_is_read_like_a_folder(
    s3: S3Client, customers: Path, tmp_path: Path, address: str
) -> None:
    other = sample_file(tmp_path / "other.csv", 30, seed=9)
    # Customers of their own: an id that stood before would not count again.
    header, *rows = other.read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join([header, *(f"b{row}" for row in rows), ""]), encoding="utf-8")
    s3.upload_file(str(customers), "data", "in/a.csv")
    s3.upload_file(str(other), "data", "in/deep/b.csv")
    for key in ("in/_SUCCESS", "in/", "in/notes.md", "input/c.csv"):
        s3.put_object(Bucket="data", Key=key, Body=b"")

    found = read_customers(address, MALL, lambda: s3)

    both = np.concatenate([read(customers).encoded, read(other).encoded])
    assert np.array_equal(found.encoded, both)
    assert found.files == 2


def test_nothing_at_an_address_is_refused(s3: S3Client) -> None:
    with pytest.raises(DataError, match=r'no data in "s3://data/nope\.csv"'):
        read_customers("s3://data/nope.csv", MALL, lambda: s3)


def test_a_broken_object_is_refused_by_its_address(s3: S3Client) -> None:
    s3.put_object(Bucket="data", Key="a.csv", Body=b"PAR1 not really")

    with pytest.raises(DataError, match=r"^s3://data/a\.csv: not a readable Parquet file"):
        read_customers("s3://data/a.csv", MALL, lambda: s3)


def test_a_bucket_that_is_not_there_is_named(s3: S3Client) -> None:
    with pytest.raises(TransientError, match="NoSuchBucket"):
        read_customers("s3://nowhere/in/", MALL, lambda: s3)


@pytest.mark.usefixtures("s3")
def test_the_whole_day_in_a_bucket(customers: Path, tmp_path: Path) -> None:
    registry = ("--registry", "s3://models/team/a")
    fit = ("fit", customers, "--k", 3, "--starts", 2, *registry, "--json")

    assert segment(*fit, "--promote").json["promoted"] is True
    assert segment(*fit).json["version"] == "v2"
    assert segment("models", "promote", "v2", *registry, "--json").json["previous"] == "v1"
    assert segment("models", "rollback", *registry, "--json").json["version"] == "v1"
    listed = segment("models", "list", *registry, "--json").json
    scored = segment("score", customers, tmp_path / "out.parquet", *registry, "--json").json

    assert (listed["champion"], len(listed["versions"])) == ("v1", 2)
    assert scored["model_version"] == "v1"


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize(
    "command", [("fit", "CUSTOMERS"), ("models", "list"), ("models", "show"), ("predict",)]
)
def test_a_registry_in_a_bucket_that_is_not_there_is_refused(
    customers: Path, command: tuple[str, ...]
) -> None:
    args = [str(customers) if one == "CUSTOMERS" else one for one in command]

    refusal = segment(*args, "--registry", "s3://nowhere/a", stdin="{}").refusal

    assert refusal == 'no registry at "s3://nowhere/a": there is no bucket "nowhere"'


def test_without_credentials_the_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials

    refusal = segment("models", "list", "--registry", "s3://models/a").refusal

    assert "s3://models/a" in refusal
    assert "Unable to locate credentials" in refusal


def test_an_endpoint_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    refusal = segment("models", "list", "--registry", "s3://models/a").refusal

    assert "Could not connect to the endpoint URL" in refusal


def test_an_address_without_a_bucket_is_refused() -> None:
    assert segment("models", "list", "--registry", "s3://").refusal == (
        'got "s3://", expected s3://bucket/prefix'
    )
