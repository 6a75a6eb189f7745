"""`pip install .` gives a `segment` that works, without the repository beside it."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import urllib.request
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def trained(segment: list[str], tmp_path: Path) -> Path:
    """A folder with customers and a registry whose champion was trained on them."""
    run(*segment, "sample", "200", "customers.csv")
    quick = ("--starts", "1", "--gap-references", "0", "--bootstraps", "0")
    told = json.loads(
        run(*segment, "fit", "customers.csv", "--k", "3", *quick, "--promote", "--json")
    )
    assert (told["version"], told["k"], told["promoted"]) == ("v1", 3, True)
    return tmp_path


def run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_our_files_are_one_folder_and_collide_with_nobody(environment: Path) -> None:
    (packages,) = environment.glob("lib/python*/site-packages")
    (metadata,) = packages.glob("customer_segmentation-*.dist-info")
    files = PathDistribution(metadata).files or []

    top = {file.parts[0] for file in files if ".." not in file.parts}

    assert top == {"customer_segmentation", "customer_segmentation.pth", metadata.name}
    run(str(environment / "bin" / "python"), "-m", "pip", "check")


def test_files_are_scored_and_customers_answered(segment: list[str], trained: Path) -> None:
    scored = json.loads(run(*segment, "score", "customers.csv", "out.parquet", "--json"))
    with Path("customers.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    numbers = {name: float(first[name]) for name in list(first)[2:]}
    answer = json.loads(
        run(*segment, "predict", given=json.dumps({"gender": first["Gender"], **numbers}))
    )

    assert scored["rows"] == {"read": 200, "scored": 200, "rejected": 0}
    assert answer["model_version"] == "v1"


def test_the_local_stack_runs_from_the_wheel(segment: list[str], trained: Path) -> None:
    with subprocess.Popen(
        [*segment, "up", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            stack = json.loads(process.stdout.readline())
            assert (trained / ".local" / "env.sh").is_file()
            s3 = client(stack["endpoint_url"])
            bucket, _, prefix = stack["registry"].removeprefix("s3://").partition("/")
            for file in (trained / "registry").rglob("*.json"):
                key = f"{prefix.rstrip('/')}/{file.relative_to(trained / 'registry').as_posix()}"
                s3.upload_file(str(file), bucket, key.lstrip("/"))
            s3.upload_file("customers.csv", stack["uploads_bucket"], "customers.csv")
            report = {"Bucket": stack["results_bucket"], "Key": "reports/customers.csv.json"}
            s3.get_waiter("object_exists").wait(**report, WaiterConfig={"Delay": 1})
            with DIRECT.open(f"{stack['api_url']}/health", timeout=60) as answer:
                health = json.load(answer)
            told = json.load(s3.get_object(**report)["Body"])
        finally:
            process.send_signal(signal.SIGINT)

    assert (told["status"], told["rows"]["scored"]) == ("scored", 200)
    assert health == {"status": "ok", "model_version": "v1"}
    assert process.returncode == 0


def client(endpoint_url: str) -> Any:
    return boto3.client("s3", endpoint_url=endpoint_url, config=Config(proxies={}))
