"""What a whole run writes: every answer in its place, and of customers nothing in any log."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from score.outputs import Outputs
from tests.security.full_run import FORGED, NUMBERS, UPLOADS, WORDS, Evidence, full_run

pytestmark = pytest.mark.slow

FUNCTIONS = ("ScoreFunction.log", "PredictFunction.log")
REPORTED = {
    "good.csv": "scored",
    "bad.csv": "partly_scored",
    "headerless.csv": "no_header",
    "headerless words.csv": "missing_column",
    "open quote.csv": "partly_scored",
    "damaged.csv.gz": "damaged_gzip",
    "x" * 1_024: "key_too_long",
}
"""Status, or why it was refused; every other upload is scored."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    yield full_run(tmp_path_factory.mktemp("run"))


def test_everything_was_answered(run: Evidence) -> None:
    for key, report in run.reports.items():
        told = report.get("refusal", {}).get("code", report["status"])
        assert told == REPORTED.get(key, "scored"), key
    assert [status for status, _ in run.answers] == [200, 200, 422, 422, 422, 400, 415, 415, 200]


@pytest.mark.parametrize("name", [*WORDS, *NUMBERS])
def test_no_log_holds_a_customers_value(name: str, run: Evidence) -> None:
    value = WORDS[name] if name in WORDS else NUMBERS[name]

    found = [
        f"{place}: {line.strip()}"
        for place, text in run.logs.items()
        for line in text.splitlines()
        if value in line
    ]

    assert found == []


def test_the_values_went_through_the_system(run: Evidence) -> None:
    # Or a search that finds none of them would say nothing.
    written = b"\n".join(run.outputs.values()).decode("utf-8", "replace")
    told = "\n".join(text for _, text in run.answers)

    for name in ("id", "extra", "header", "category", "number", "surplus", "windows", "latecomer"):
        assert WORDS[name] in written, name
    assert WORDS["headerless"] in json.dumps(run.reports["headerless words.csv"])
    for name in ("json-id", "json-text", "json-category", "json-field"):
        assert WORDS[name] in told, name
    assert NUMBERS["json age"] in told


def test_the_logs_tell_what_happened_all_the_same(run: Evidence) -> None:
    score, predict = (run.logs[name] for name in FUNCTIONS)

    assert score.count('"upload delivered"') >= len(run.reports)
    assert score.count('"upload put off"') >= 1
    for metric in ("UploadsScored", "UploadsRefused", "UploadsPutOff", "RowsScored"):
        assert f'"{metric}":[' in score
    for metric in ("Predictions", "RequestsRefused", "CustomersRejected"):
        assert f'"{metric}":[' in predict
    assert "headerless words.csv  refused  missing_column" in run.logs["stdout"]


def test_no_line_is_forged_through_a_key_or_a_field(run: Evidence) -> None:
    for name in FUNCTIONS:
        for line in run.logs[name].splitlines():
            assert json.loads(line).get("message") != "forged"
    printed = run.logs["stdout"]
    assert FORGED in printed, "keys are shown"
    assert not [line for line in printed.splitlines() if line.startswith(FORGED)]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", printed), "for terminals"


@pytest.mark.parametrize("key", UPLOADS, ids=range(len(UPLOADS)))
def test_outputs_stand_under_the_key_as_it_is(key: str, run: Evidence) -> None:
    report = run.reports[key]

    assert report["source"]["key"] == key
    for name in ("scored", "rejected"):
        output = report["outputs"][name]
        expected = getattr(Outputs.of(key), name)
        assert (None if output is None else output["key"]) == expected
        assert expected is None or expected.startswith(f"{name}/{key}")
