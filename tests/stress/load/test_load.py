"""A small cut of the load, and that its checks find what is not right."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import LocalStack
from score.outputs import Outputs
from segmentation_aws.store import S3Store
from tests.stress.load.api import PARAMETERS, Reign, by_threads, checked, sustained
from tests.stress.load.files import File, judged, small_files
from tests.stress.load.question import Answer
from tests.stress.load.storm import Storm, check, drop, storm
from tests.stress.proof.figures import Figures, Kind
from tests.support.csvs import MALL_HEADER
from tests.support.models import mall_model, registry_of


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder=folder, parameters=PARAMETERS) as stack:
        registry_of(mall_model(), store=S3Store(stack.client("s3"), stack.models_bucket))
        yield stack


def test_every_upload_of_a_small_storm_ends_in_the_right_outcome(stack: LocalStack) -> None:
    figures = storm(stack, Storm(uploads=31, large_bytes=500_000, patience_seconds=120), print)

    assert figures.broken == {kind: [] for kind in Kind}
    assert figures.counts["uploads"] == figures.counts["files"] == 33
    assert figures.counts["rows"] > 500_000 / 60


def test_every_answer_is_that_of_a_version_which_served(stack: LocalStack) -> None:
    figures = sustained(stack, 2.0, by_threads, promote_every=0.4)

    assert figures.broken == {kind: [] for kind in Kind}
    assert figures.counts["requests"] > 20
    assert figures.counts["champions"] > 2


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"key": "never dropped.csv"}, Kind.LOST),
        ({"etag": '"of another upload"'}, Kind.STALE),
        ({"version_id": "another"}, Kind.STALE),
        ({"expected": judged(f"{MALL_HEADER}\n1,M,1,1,1\n2,M,1,1,1\n", ",")}, Kind.WRONG),
    ],
)
def test_an_outcome_that_is_not_right_is_found(
    stack: LocalStack, tmp_path: Path, change: dict[str, Any], kind: Kind
) -> None:
    text = f"{MALL_HEADER},Note\n1,M,1,1,1,a\n"
    dropped = drop(stack, File(f"{tmp_path.name}.csv", text.encode(), judged(text, ",")), None)
    _wait_for_report(stack, dropped.key)
    good, bad = Figures("good"), Figures("bad")
    check(stack, [dropped], good, tmp_path)
    assert good.holds

    check(stack, [dataclasses.replace(dropped, **change)], bad, tmp_path)

    assert bad.broken[kind]


def _wait_for_report(stack: LocalStack, key: str) -> None:
    stack.client("s3").get_waiter("object_exists").wait(
        Bucket=stack.results_bucket,
        Key=Outputs.of(key).report,
        WaiterConfig={"Delay": 1, "MaxAttempts": 60},
    )


REIGNS = [Reign("v1", 0.0, 10.0), Reign("v2", 9.9, float("inf"))]


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        (Answer(5.0, 5.1, "v1", ""), {}),
        (Answer(10.9, 11.0, "v1", ""), {}),  # still remembered
        (Answer(12.0, 12.1, "v1", ""), {Kind.STALE: 1}),
        (Answer(9.0, 9.5, "v2", ""), {Kind.STALE: 1}),
        (Answer(12.0, 12.1, "v2", ""), {}),
        (Answer(5.0, 5.1, "v1", "not what v1 says of customer 3"), {Kind.WRONG: 1}),
        (Answer(5.0, 5.1, "", "status 503"), {Kind.WRONG: 1}),
    ],
)
def test_an_answer_of_a_version_that_did_not_serve_is_found(
    answer: Answer, broken: dict[Kind, int]
) -> None:
    figures = Figures("answers")

    checked([answer], 1, REIGNS, figures)

    assert {kind: len(told) for kind, told in figures.broken.items() if told} == broken


def test_a_request_without_an_answer_is_lost() -> None:
    figures = Figures("answers")

    checked([Answer(5.0, 5.1, "v1", "")], 3, REIGNS, figures)

    assert figures.broken[Kind.LOST] == ["2 of 3 requests without an answer"]


def test_files_are_the_same_each_time_and_of_every_kind() -> None:
    files = list(small_files(400))

    assert files == list(small_files(400))
    assert len({file.expected.refusal for file in files}) == 9
    assert len({file.key for file in files}) == 400


def test_the_judge_of_files_goes_by_hand_made_verdicts() -> None:
    # Nearest to (0.5, 45, 60, 35), (0.5, 33, 90, 80) and (0.5, 26, 30, 70): ids 0, 1 and 2.
    good = ["1,Male,44,61,30,", "2,f,33,91,78,", "3, 0 ,25,31,69,", '4,M,45.0,+6e1,35.,"a\nb"']
    bad = ["5,?,44,61,30,", "6,Male,,61,30,", "7,Male,121,61,30,", "8,Male,44,61,101,", "9,Male"]

    expected = judged("\n".join([f"{MALL_HEADER},Note", *good, *bad]), ",")

    assert expected.rows == (9, 4, 5)
    assert expected.segments == ((0, 2), (1, 1), (2, 1))
