"""Where commands find buckets and queues: options, then the stack, then the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import yaml

from cli.addresses import DEAD_LETTERS, REGISTRY, RESCORE, RESULTS, UPLOADS
from tests.integration.operations.conftest import System
from tests.support.cli import segment

NAMES = [place.variable for place in (UPLOADS, RESULTS, REGISTRY, RESCORE, DEAD_LETTERS)]

STATE_MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:rescore"


@pytest.fixture
def stack(system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """Give the system with a stack that has its outputs, in a shell set up for another one."""
    outputs = {
        UPLOADS.output: "uploads",
        RESULTS.output: "results",
        REGISTRY.output: "s3://models",
        RESCORE.output: STATE_MACHINE,
        DEAD_LETTERS.output: system.dead_letters,
    }
    make_stack("production", outputs)
    for name in NAMES:
        monkeypatch.setenv(name, "of-another-stack")
    yield system


def make_stack(name: str, outputs: dict[str, str]) -> None:
    body: dict[str, Any] = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {one: {"Value": value} for one, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(body))


def test_a_named_stack_goes_before_the_environment(stack: System) -> None:
    stack.drop("a.csv")

    args = ("rescore", "--missing", "--stack", "production")
    told = segment(*args, "--dry-run", "--json").json
    assert (told["uploads_bucket"], told["results_bucket"]) == ("uploads", "results")
    assert segment(*args).refusal == f"there is no state machine {STATE_MACHINE}"
    stack.tell("{}")
    listed = segment("dlq", "list", "--stack", "production", "--json").json
    assert (listed["queue"], len(listed["messages"])) == (stack.dead_letters, 1)


def test_an_option_goes_before_the_stack(stack: System) -> None:
    args = ("rescore", "--missing", "--dry-run", "--stack", "production", "--uploads", "models")

    assert segment(*args, "--json").json["uploads_bucket"] == "models"


@pytest.mark.usefixtures("stack")
def test_a_stack_that_is_not_there_is_named() -> None:
    refusal = segment("forget", "a.csv", "--yes", "--stack", "staging").refusal

    assert refusal == 'there is no stack "staging" in eu-central-1'


@pytest.mark.usefixtures("stack")
def test_a_stack_of_something_else_is_named() -> None:
    make_stack("website", {"Url": "https://example.org"})

    refusal = segment("dlq", "redrive", "--stack", "website").refusal

    assert refusal == (
        'stack "website" has no output UploadDeadLetterQueueUrl, expected a stack of template.yaml'
    )


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("rescore", "--missing"), "UPLOADS_BUCKET"),
        (("forget", "a.csv", "--yes"), "UPLOADS_BUCKET"),
        (("dlq", "list"), "DLQ_URL"),
        (("dlq", "redrive"), "DLQ_URL"),
    ],
)
def test_what_is_known_from_nowhere_is_wrong_usage(command: tuple[str, ...], named: str) -> None:
    outcome = segment(*command)

    assert outcome.code == 2
    assert f"or set {named}" in outcome.err
    assert "--stack" in outcome.err


def test_a_state_machine_is_asked_for_only_where_something_is_started(system: System) -> None:
    system.drop("a.csv")

    assert segment("rescore", "--missing", "--dry-run").code == 0
    assert f"or set {RESCORE.variable}" in segment("rescore", "--missing").err


@pytest.mark.parametrize(
    "command",
    [
        ("rescore", "--missing", "--uploads", "uploads", "--results", "results", "--dry-run"),
        ("forget", "a.csv", "--yes", "--uploads", "uploads", "--results", "results"),
        ("dlq", "redrive", "--queue", "https://sqs.eu-central-1.amazonaws.com/1/q"),
        ("dlq", "redrive", "--stack", "production"),
    ],
)
def test_without_credentials_the_line_says_so(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)

    assert "Unable to locate credentials" in segment(*command).refusal


def test_the_outputs_are_those_of_the_template(request: pytest.FixtureRequest) -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda *_: None)
    text = (request.config.rootpath / "template.yaml").read_text(encoding="utf-8")

    outputs = yaml.load(text, Loader)["Outputs"]

    assert {place.output for place in (UPLOADS, RESULTS, REGISTRY, RESCORE, DEAD_LETTERS)} <= set(
        outputs
    )
