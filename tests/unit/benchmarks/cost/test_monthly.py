"""What a month costs, by hand; and that the README says the same."""

from __future__ import annotations

import json

import pytest

from benchmarks.cost import monthly as costs
from benchmarks.cost.monthly import User, monthly
from tests.support.deployment import ROOT, Stack


def test_a_file_that_takes_a_second_and_a_half() -> None:
    bill = monthly(User("somebody", uploads=1, rows=1_300_000, requests=0))

    # 1.5 s of 1769 MB, and one request.
    assert bill["scoring"] == pytest.approx(1.5 * 1769 / 1024 * 0.0000133334 + 0.0000002)
    # 78,000,000 bytes are 9 parts and a bit to read, 45,500,000 are 5 and a bit to write.
    requests = (12 + 9) * 0.0000004 + (5 + 5) * 0.000005 + (3 + 648_000) * 0.0000004
    assert bill["S3 and SQS"] == pytest.approx(requests)
    # 123.5 MB a month, for twelve.
    assert bill["storage, after a year"] == pytest.approx(12 * 0.1235 * 0.023)
    assert bill["API"] == 0


def test_a_million_requests() -> None:
    bill = monthly(User("somebody", uploads=0, rows=0, requests=1_000_000))

    # One dollar to API Gateway, 20 cents for Lambda's requests, and 13,000 GB-seconds.
    assert bill["API"] == pytest.approx(1 + 0.2 + 13_000 * 0.0000133334)
    assert bill["logs"] == pytest.approx(1.5 * (0.5 + 0.03))


def test_arm_is_a_fifth_cheaper_per_second() -> None:
    user = User("somebody", uploads=10, rows=10**7, requests=0)

    ratio = monthly(user, "x86_64")["scoring"] / monthly(user)["scoring"]

    assert ratio == pytest.approx(1.25, rel=0.01)


def test_memory_metrics_and_alarms_are_those_of_the_template() -> None:
    stack = Stack()
    shown = json.loads(stack["Dashboard"]["DashboardBody"])["widgets"]
    own = {
        tuple(part for part in metric[:4])
        for widget in shown
        for metric in widget["properties"].get("metrics", [])
        if str(metric[0]).startswith("Segmentation/")
    }

    features = len(("gender", "age", "annual_income", "spending_score"))
    assert len(own) + features == costs.METRICS
    assert len(stack.of_type("AWS::CloudWatch::Alarm")) == costs.ALARMS
    assert int(stack["ScoreFunction"]["MemorySize"]) == costs.SCORE_MB
    assert int(stack["PredictFunction"]["MemorySize"]) == costs.PREDICT_MB


def test_the_readme_has_the_table() -> None:
    assert costs.table() in (ROOT / "README.md").read_text(encoding="utf-8")
