"""What a running system lets its operators see: metrics for the alarms, and results to query."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from infra.local import LocalStack
from segmentation.registry import CHAMPION_KEY
from segmentation_aws.store import S3Store
from tests.support.api import event
from tests.support.csvs import mall_csv
from tests.support.deployment import ROOT, Stack
from tests.support.models import MALL_CUSTOMER, mall_model, registry_of

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text(encoding="utf-8")

NAMES = {
    0: "Low Income - Low Spending",
    1: "High Income - High Spending",
    2: "Young Low Income - High Spending",
}
CENTRES = {0: "45,60,35", 1: "33,90,80", 2: "26,30,70"}
"""Age, income and score right at the centroids of `mall_model`."""

OCTOBER = [0] * 60 + [1] * 25 + [2] * 15
NOVEMBER = [1] * 10 + OCTOBER[10:]
"""The segment of customers 1 to 100; ten of the first have moved."""

FAR_OFF = "101,Male,119,400,100"
"""Nearest to the second centroid, and 310 thousand dollars away from it."""

Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions: what CloudWatch tells metrics apart by."""


def customers(segments: list[int], *more: str) -> bytes:
    rows = [
        f"{number},{'Female' if number % 2 else 'Male'},{CENTRES[segment]}"
        for number, segment in enumerate(segments, 1)
    ]
    return mall_csv(*rows, *more)


@dataclass(frozen=True)
class Run:
    """What was left of a run."""

    emitted: set[Metric]
    results: Path
    reports: dict[str, Any]
    told: set[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Take the system through all that its metrics speak of, and keep logs and results."""
    folder = tmp_path_factory.mktemp("stack")
    results = tmp_path_factory.mktemp("results")
    with LocalStack(folder=folder, parameters={"ModelTtlSeconds": "1"}) as stack:
        s3 = stack.client("s3")
        done = _tell_when_done(stack)
        _before_the_first_champion(stack)
        registry_of(mall_model(), store=S3Store(s3, stack.models_bucket))
        for key, data in {
            "october/customers.csv": customers(OCTOBER),
            "november/customers.csv": customers(NOVEMBER, FAR_OFF, "102,Male,?,1,1"),
            "november/empty.csv": b"",
        }.items():
            s3.put_object(Bucket=stack.uploads_bucket, Key=key, Body=data)
        stack.client("sqs").send_message(QueueUrl=stack.queue_url, MessageBody="not an event")
        _requests_of_all_kinds(stack)
        reports = {
            key: _report(stack, key)
            for key in ("october/customers.csv", "november/customers.csv", "november/empty.csv")
        }
        _wait_for(lambda: '"UploadsFailed"' in _log(folder, "ScoreFunction"))
        told = _told(stack, done)
        for one in s3.list_objects_v2(Bucket=stack.results_bucket, Prefix="scored/")["Contents"]:
            (results / one["Key"]).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(stack.results_bucket, one["Key"], str(results / one["Key"]))
    lines = [
        *_log(folder, "ScoreFunction").splitlines(),
        *_log(folder, "PredictFunction").splitlines(),
    ]
    yield Run(set(_metrics(lines)), results, reports, told)


def _tell_when_done(stack: LocalStack) -> str:
    """Make the README's rule, and a queue as its target; give the queue."""
    (pattern,) = re.findall(r"--event-pattern '(.+)'$", README, re.MULTILINE)
    sqs, events = stack.client("sqs"), stack.client("events")
    queue: str = sqs.create_queue(QueueName="done")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    events.put_rule(
        Name="done", EventPattern=pattern.replace("RESULTS_BUCKET", stack.results_bucket)
    )
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="done", Targets=[target])
    return queue


def _told(stack: LocalStack, queue: str) -> set[str]:
    keys = set()
    while (
        received := stack.client("sqs")
        .receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        .get("Messages")
    ):
        keys |= {json.loads(one["Body"])["detail"]["object"]["key"] for one in received}
    return keys


def _before_the_first_champion(stack: LocalStack) -> None:
    stack.client("s3").put_object(
        Bucket=stack.uploads_bucket, Key="early.csv", Body=customers(OCTOBER)
    )
    _ask(stack, event("GET", "/health"), 503)
    _wait_for(lambda: '"UploadsPutOff"' in _log(stack.folder, "ScoreFunction"))


def _requests_of_all_kinds(stack: LocalStack) -> None:
    _ask(stack, event("POST", "/predictions", json.dumps(MALL_CUSTOMER)), 200)
    _ask(stack, event("POST", "/predictions", json.dumps(MALL_CUSTOMER | {"age": 119})), 200)
    _ask(stack, event("POST", "/predictions", json.dumps(MALL_CUSTOMER | {"age": "x"})), 422)
    _ask(stack, event("POST", "/predictions", "{"), 400)
    # Nothing that the gateway would send: a fault of ours has to be made up.
    _ask(stack, event("POST", "/predictions") | {"body": 5}, 500)
    s3, models = stack.client("s3"), stack.models_bucket
    alias = s3.get_object(Bucket=models, Key=CHAMPION_KEY)["Body"].read()
    s3.put_object(Bucket=models, Key=CHAMPION_KEY, Body=b"damaged")
    time.sleep(1.1)  # longer than the champion is trusted
    _ask(stack, event("GET", "/health"), 200)
    s3.put_object(Bucket=models, Key=CHAMPION_KEY, Body=alias)


def _ask(stack: LocalStack, request: dict[str, Any], status: int) -> None:
    answer = stack.functions["PredictFunction"].invoke(request)
    assert answer["statusCode"] == status, answer


def _report(stack: LocalStack, key: str) -> Any:
    s3 = stack.client("s3")
    place = {"Bucket": stack.results_bucket, "Key": f"reports/{key}.json"}
    s3.get_waiter("object_exists").wait(**place, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    return json.loads(s3.get_object(**place)["Body"].read())


def _log(folder: Path, function: str) -> str:
    return (folder / f"{function}.log").read_text(encoding="utf-8")


def _wait_for(holds: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def _metrics(lines: list[str]) -> Iterator[Metric]:
    """Read what CloudWatch would, by the specification of the embedded metric format."""
    for line in lines:
        if '"_aws"' not in line:
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, document[name]) for name in names)
                for metric in directive["Metrics"]:
                    assert document[metric["Name"]], "a metric has values"
                    yield directive["Namespace"], metric["Name"], dimensions


def _shown(stack: Stack) -> tuple[set[Metric], set[tuple[str, str, frozenset[str]]]]:
    """Give the dashboard's own metrics: those that are named, and those that are searched for."""
    named, searched = set(), set()
    for widget in json.loads(stack["Dashboard"]["DashboardBody"])["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            parts = [part for part in metric if isinstance(part, str)]
            if not parts:
                found = re.search(
                    r"""\{"([^"]+)",([\w,]+)\} MetricName="(\w+)\"""", metric[0]["expression"]
                )
                assert found, metric
                namespace, dimensions, name = found.groups()
                searched.add((namespace, name, frozenset(dimensions.split(","))))
            elif not parts[0].startswith("AWS/"):
                namespace, name, *pairs = parts
                dimensions = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
                named.add((namespace, name, dimensions))
    return named, searched


def test_the_run_was_what_it_was_meant_to_be(run: Run) -> None:
    found = {key: (report["status"], report["rows"]) for key, report in run.reports.items()}

    assert found == {
        "october/customers.csv": ("scored", {"read": 100, "scored": 100, "rejected": 0}),
        "november/customers.csv": ("partly_scored", {"read": 102, "scored": 101, "rejected": 1}),
        "november/empty.csv": ("refused", {"read": 0, "scored": 0, "rejected": 0}),
    }


def test_the_readmes_rule_tells_of_every_report_and_of_nothing_else(run: Run) -> None:
    expected = {f"reports/{key}.json" for key in run.reports}

    assert expected <= run.told <= expected | {"reports/early.csv.json"}


def test_every_alarm_on_a_metric_of_ours_watches_one_that_is_emitted(run: Run) -> None:
    alarms = {
        name: (
            alarm["Namespace"],
            alarm["MetricName"],
            frozenset((one["Name"], one["Value"]) for one in alarm["Dimensions"]),
        )
        for name, alarm in Stack().of_type("AWS::CloudWatch::Alarm").items()
        if not alarm["Namespace"].startswith("AWS/")
    }

    assert len(alarms) >= 4
    assert {name: alarm for name, alarm in alarms.items() if alarm not in run.emitted} == {}


def test_the_dashboard_shows_all_that_is_emitted_and_nothing_else(run: Run) -> None:
    named, searched = _shown(Stack())

    found = {
        metric
        for metric in run.emitted
        if (*metric[:2], frozenset(name for name, _ in metric[2])) in searched
    }
    assert {dict(dimensions)["feature"] for _, _, dimensions in found} == {
        *("gender", "age", "annual_income", "spending_score")
    }
    assert run.emitted - found == named


QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def athena(run: Run) -> duckdb.DuckDBPyConnection:
    """The table of the template, as Athena has it, over the files of the results bucket."""
    table = Stack()["ScoredTable"]["TableInput"]
    columns = ", ".join(one["Name"] for one in table["StorageDescriptor"]["Columns"])
    connection = duckdb.connect()
    connection.execute(
        f'create view {table["Name"]} as select {columns}, filename as "$path" '
        f"from read_parquet('{run.results}/scored/**/*.parquet', filename=true, union_by_name=true)"
    )
    return connection


def test_the_readmes_queries_answer_what_they_say(athena: duckdb.DuckDBPyConnection) -> None:
    sizes, moves, unusual = (athena.execute(query).fetchall() for query in QUERIES)

    assert [(name, count) for name, count, _ in sizes] == [
        (NAMES[0], 50),
        (NAMES[1], 36),
        (NAMES[2], 15),
    ]
    assert moves == [(NAMES[0], NAMES[1], 10)]
    assert [row[0] for row in unusual] == ["101"]
