"""The whole system at work as a process of its own, and all that it wrote."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from score.outputs import Outputs
from segmentation_aws.store import S3Store
from tests.support.csvs import MALL_HEADER
from tests.support.models import mall_model, registry_of

WORDS = {
    name: f"canary-{name}"
    for name in (
        *(
            "id",
            "extra",
            "header",
            "headerless",
            "category",
            "number",
            "surplus",
            "quoted",
            "gzipped",
        ),
        *("json-id", "json-text", "json-category", "json-field", "json-broken", "json-base64"),
        *("http-header", "http-query", "http-type", "cookie", "windows", "refused", "latecomer"),
    )
}
"""A word of its own for every place where a customer's data can stand."""

NUMBERS = {
    "age": "33.13371337",
    "income": "77.77131313",
    "score": "42.42131313",
    "out of bounds": "987654.32101",
    "json age": "34.24681357",
    "json out of bounds": "876543.21012",
    "json untypical": "71.71171717",
}
"""And a number."""

FORGED = '{"level":"ERROR","message":"forged"}'

UPLOADS: dict[str, bytes] = {
    "good.csv": (
        f"{MALL_HEADER},{WORDS['header']},note\n"
        f"{WORDS['id']},Female,{NUMBERS['age']},{NUMBERS['income']},{NUMBERS['score']},"
        f'{WORDS["extra"]},"{WORDS["quoted"]}\n"\n'
    ).encode(),
    "bad.csv": (
        f"{MALL_HEADER}\n1,{WORDS['category']},1,1,1\n2,Male,{WORDS['number']},1,1\n"
        f"3,Male,{NUMBERS['out of bounds']},1,1\n4,Male,1,1,1,{WORDS['surplus']}\n"
    ).encode(),
    "headerless.csv": f"{WORDS['headerless']},Male,19,15,39\n".encode(),
    "headerless words.csv": f"{WORDS['headerless']},Male,young\n{WORDS['id']},Male,x\n".encode(),
    "open quote.csv": f'{MALL_HEADER}\n1,"{WORDS["refused"]},1,1,1'.encode(),
    "damaged.csv.gz": gzip.compress(f"{MALL_HEADER}\n{WORDS['gzipped']},M,1,1,1\n".encode())[:-4],
    "windows.csv": f"{MALL_HEADER}\n{WORDS['windows']} Gr\u00fc\u00dfe,M,1,1,1\n".encode("cp1252"),
    # No line feed in it: S3 takes one, moto does not.
    f"forged\r{FORGED}\u2028\x1b[2J.csv": f"{MALL_HEADER}\n1,M,1,1,1\n".encode(),
    "a/../b/./..c/customers.csv": f"{MALL_HEADER}\n1,M,1,1,1\n".encode(),
    "..\\..\\customers.csv": f"{MALL_HEADER}\n1,M,1,1,1\n".encode(),
    "\x01\x7f\x85 \u202e.csv": f"{MALL_HEADER}\n1,M,1,1,1\n".encode(),
    "%2e%2e%2fcustomers+%00.csv": f"{MALL_HEADER}\n1,M,1,1,1\n".encode(),
    "x" * 1_024: f"{MALL_HEADER}\n{WORDS['id']},M,1,1,1\n".encode(),
}
"""Every kind of answer to an upload, under keys of every kind."""

_CUSTOMER = {"gender": "Female", "age": 30, "annual_income": 80, "spending_score": 75}
_BODIES: tuple[tuple[dict[str, Any] | str | bytes, dict[str, str]], ...] = (
    (_CUSTOMER | {"customer_id": WORDS["json-id"], "age": float(NUMBERS["json age"])}, {}),
    (_CUSTOMER | {"age": float(NUMBERS["json untypical"])}, {}),
    (_CUSTOMER | {"age": WORDS["json-text"], "gender": WORDS["json-category"]}, {}),
    (_CUSTOMER | {"age": float(NUMBERS["json out of bounds"])}, {}),
    (_CUSTOMER | {WORDS["json-field"]: 1, f"x\n{FORGED}": 2}, {}),
    (f'{{"age": "{WORDS["json-broken"]}', {}),
    (base64.b64encode(WORDS["json-base64"].encode()), {"content-type": "application/octet-stream"}),
    (_CUSTOMER, {"content-type": WORDS["http-type"]}),
    (_CUSTOMER, {"x-customer": WORDS["http-header"], "cookie": f"c={WORDS['cookie']}"}),
)


@dataclass
class Evidence:
    """All that a run wrote.

    Parameters
    ----------
    logs
        Text by where it stood: the log files, and what the process printed.
    reports
        The reports by the key of their upload.
    outputs
        Labelled and rejected rows by their keys.
    answers
        What the API answered.
    """

    logs: dict[str, str] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    outputs: dict[str, bytes] = field(default_factory=dict)
    answers: list[tuple[int, str]] = field(default_factory=list)


def full_run(folder: Path) -> Evidence:
    """Start the system, send it everything, stop it, and collect what it wrote."""
    evidence = Evidence()
    with _system(folder) as environment:
        s3 = boto3.Session().client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        late = "latecomer.csv"
        s3.put_object(
            Bucket=environment["UPLOADS_BUCKET"],
            Key=late,
            Body=f"{MALL_HEADER}\n{WORDS['latecomer']},M,1,1,1\n".encode(),
        )
        _wait_for(lambda: "put off" in (folder / "ScoreFunction.log").read_text())
        models = environment["SEGMENT_REGISTRY"].removeprefix("s3://")
        registry_of(mall_model(), store=S3Store(s3, models))
        for key, data in UPLOADS.items():
            s3.put_object(Bucket=environment["UPLOADS_BUCKET"], Key=key, Body=data)
        evidence.answers += [_ask(environment["API_URL"], *one) for one in _BODIES]
        results = environment["RESULTS_BUCKET"]
        for key in (*UPLOADS, late):
            evidence.reports[key] = json.loads(_report(s3, results, key))
        for report in evidence.reports.values():
            for output in filter(None, report["outputs"].values()):
                found = s3.get_object(Bucket=results, Key=output["key"])
                evidence.outputs[output["key"]] = found["Body"].read()
    for path in sorted(folder.iterdir()):
        evidence.logs[path.name] = path.read_text(encoding="utf-8", errors="replace")
    return evidence


@contextmanager
def _system(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run `segment up`; what it prints goes beside its logs."""
    segment = Path(sys.executable).with_name("segment")
    with (
        (folder / "stdout").open("wb") as stdout,
        (folder / "stderr").open("wb") as stderr,
        subprocess.Popen(
            [segment, "up", "--port", "0", "--folder", folder], stdout=stdout, stderr=stderr
        ) as process,
    ):
        try:
            _wait_for(lambda: "Ctrl-C" in (folder / "stdout").read_text())
            exported = (folder / "env.sh").read_text(encoding="utf-8")
            yield dict(re.findall(r"^export (\w+)=(\S+)$", exported, re.MULTILINE))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _ask(
    api: str, body: dict[str, Any] | str | bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(api).netloc, timeout=30)
    data = json.dumps(body) if isinstance(body, dict) else body
    target = f"/predictions?who={WORDS['http-query']}"
    connection.request("POST", target, data, {"content-type": "application/json"} | dict(headers))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def _report(s3: Any, bucket: str, key: str) -> bytes:
    found: list[bytes] = []

    def look() -> bool:
        try:
            answer = s3.get_object(Bucket=bucket, Key=Outputs.of(key).report)
        except ClientError as exc:
            assert exc.response["ResponseMetadata"]["HTTPStatusCode"] == 404
            return False
        found.append(answer["Body"].read())
        return True

    _wait_for(look)
    return found[0]


def _wait_for(holds: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except FileNotFoundError:
            pass
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)
