"""The template's state machine in the local stack: its calls reach the functions here."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import boto3

from infra.local.invocations import Invocations
from tests.integration.local.playground import Playground, eventually


def test_each_upload_under_the_prefix_is_handed_to_the_function(playground: Playground) -> None:
    keys = ["again/1.csv", "again/ü +%41.csv", "again/raise.csv"]
    for key in keys:
        playground.drop(key)
    steps = playground.stack.client("stepfunctions")
    asked = {"prefix": "again/", "model_version": "v1", "requested_at": "now", "listing": None}

    execution = steps.start_execution(
        stateMachineArn=playground.stack.rescore_state_machine,
        name="again",
        input=json.dumps(asked),
    )["executionArn"]

    def ended() -> Any:
        found = steps.describe_execution(executionArn=execution)
        return None if found["status"] == "RUNNING" else found

    assert eventually(ended)["status"] == "SUCCEEDED"
    (run,) = steps.list_map_runs(executionArn=execution)["mapRuns"]
    counts = steps.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"], counts["failed"]) == (3, 2, 1)
    for key in keys[:2]:
        assert playground.result(f"rescored/{key}") == {
            "rescore": {
                "bucket": playground.stack.uploads_bucket,
                "key": key,
                "model_version": "v1",
                "requested_at": "now",
            }
        }


def test_the_shell_of_the_stack_finds_the_state_machine(playground: Playground) -> None:
    line = f"source {playground.stack.folder}/env.sh && printenv RESCORE_STATE_MACHINE"

    told = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout

    assert told.strip() == playground.stack.rescore_state_machine


def test_a_function_that_is_not_there_is_answered_as_lambda_does() -> None:
    calls = Invocations()
    client = boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{calls.port}")
    try:
        client.invoke(FunctionName="nobody")
    except client.exceptions.ResourceNotFoundException as exc:
        assert "nobody" in str(exc)
    else:
        raise AssertionError("it answered")
    finally:
        client.close()
        calls.stop()
