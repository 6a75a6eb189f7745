"""The state machine that scores uploads again, as a deployment has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local.deployment import SUBSTITUTED
from score import handler
from segmentation import errors
from tests.support.deployment import ROOT, SUFFIX, Stack

MACHINE = "RescoreStateMachine"


@pytest.fixture(scope="module")
def definition(stack: Stack) -> Any:
    """The definition with the deployment's own values."""
    properties = stack[MACHINE]
    text = (ROOT / properties["DefinitionS3Location"]["Key"]).read_text(encoding="utf-8")
    values = properties["DefinitionSubstitutions"]
    assert set(SUBSTITUTED.findall(text)) == set(values), "each is used, and nothing else asked for"
    return json.loads(SUBSTITUTED.sub(lambda match: str(values[match[1]]), text))


def maps(definition: Any) -> list[Any]:
    found = [state for state in definition["States"].values() if state["Type"] == "Map"]
    assert len(found) == 2
    return found


def test_both_ways_to_choose_uploads_do_the_same_with_them(definition: Any) -> None:
    every, listed = (
        {name: value for name, value in one.items() if name not in ("Comment", "ItemReader")}
        for one in maps(definition)
    )

    assert every == listed
    assert every["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        # EXPRESS children end after five minutes, and the function may take fifteen.
        "ExecutionType": "STANDARD",
    }


def test_it_reads_the_uploads_and_writes_beside_the_results(definition: Any) -> None:
    every, listed = maps(definition)

    assert every["ItemReader"]["Parameters"]["Bucket"] == f"segmentation-uploads-{SUFFIX}"
    assert listed["ItemReader"]["Parameters"]["Bucket"] == f"segmentation-results-{SUFFIX}"
    for one in (every, listed):
        assert one["ResultWriter"]["Parameters"]["Bucket"] == f"segmentation-results-{SUFFIX}"
        assert one["ItemSelector"]["bucket"] == f"segmentation-uploads-{SUFFIX}"


def test_its_calls_are_as_many_as_those_of_the_queue_and_come_on_top() -> None:
    stack = Stack(MaximumConcurrency="7")
    (source,) = stack.of_type("AWS::Lambda::EventSourceMapping").values()

    assert stack[MACHINE]["DefinitionSubstitutions"]["MaximumConcurrency"] == "7"
    # Of the queue's own limit it takes nothing; a reserved one would be shared.
    assert source["ScalingConfig"]["MaximumConcurrency"] == "7"
    assert "ReservedConcurrentExecutions" not in stack["ScoreFunction"]


def test_errors_that_pass_are_tried_again_for_minutes_by_the_names_that_lambda_gives(
    definition: Any,
) -> None:
    (task,) = maps(definition)[0]["ItemProcessor"]["States"].values()
    passing, killed = task["Retry"]
    ours = {name for name in passing["ErrorEquals"] if "." not in name}

    assert ours == {errors.TransientError.__name__, errors.NoChampion.__name__}
    # The handler raises these as they are, so Lambda tells their names.
    assert all(issubclass(getattr(errors, name), handler.SPEAKABLE) for name in ours)
    waits = [
        min(
            passing["IntervalSeconds"] * passing["BackoffRate"] ** again, passing["MaxDelaySeconds"]
        )
        for again in range(passing["MaxAttempts"])
    ]
    assert 300 < sum(waits) < 900
    assert killed["MaxAttempts"] == 1


def test_the_prefix_of_its_log_and_no_names_of_files_in_it(stack: Stack) -> None:
    logging = stack[MACHINE]["LoggingConfiguration"]

    assert logging["IncludeExecutionData"] is False
    assert stack["RescoreLogGroup"]["LogGroupName"].startswith("/aws/vendedlogs/states/")
