"""What exists in the server that plays AWS is what the template says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.local import LocalStack
from tests.integration.local.playground import Playground, eventually


@pytest.mark.parametrize("bucket", ["uploads_bucket", "results_bucket", "models_bucket"])
def test_buckets_have_the_settings_that_cloudformation_leaves_out(
    stack: LocalStack, bucket: str
) -> None:
    s3, name = stack.client("s3"), getattr(stack, bucket)

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert set(
        s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()
    ) == {True}
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert {"DaysAfterInitiation": 1} in [r.get("AbortIncompleteMultipartUpload") for r in rules]
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    algorithm = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert algorithm == "AES256"


def test_old_versions_of_uploads_and_results_expire_after_the_parameters_days(
    stack: LocalStack,
) -> None:
    s3 = stack.client("s3")
    for name in (stack.uploads_bucket, stack.results_bucket):
        rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        assert {"NoncurrentDays": 30} in [rule.get("NoncurrentVersionExpiration") for rule in rules]


def test_the_uploads_bucket_notifies_the_queue(stack: LocalStack) -> None:
    got = stack.client("s3").get_bucket_notification_configuration(Bucket=stack.uploads_bucket)

    (notification,) = got["QueueConfigurations"]
    assert notification["Events"] == ["s3:ObjectCreated:*"]
    assert notification["QueueArn"].rsplit(":", 1)[-1] == stack.queue_url.rsplit("/", 1)[-1]


def test_the_queue_has_visibility_redrive_and_policy(stack: LocalStack) -> None:
    got = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.queue_url, AttributeNames=["All"]
    )["Attributes"]

    assert got["VisibilityTimeout"] == "120"  # ScoreTimeout 60, and 60
    assert json.loads(got["RedrivePolicy"])["maxReceiveCount"] == stack.max_attempts == 5
    senders = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in json.loads(got["Policy"])["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert senders == [f"arn:aws:s3:::{stack.uploads_bucket}"]


def test_dead_letters_are_kept_for_14_days(stack: LocalStack) -> None:
    got = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.dead_letter_queue_url, AttributeNames=["All"]
    )["Attributes"]

    assert got["MessageRetentionPeriod"] == str(14 * 24 * 60 * 60)


def test_functions_run_with_the_settings_that_cloudformation_gave_them(stack: LocalStack) -> None:
    """moto resolves the same template by code of its own: the two must agree."""
    client = stack.client("lambda")
    assert set(stack.functions) == {"ScoreFunction", "PredictFunction"}
    for function in stack.functions.values():
        settings = function.settings
        got: dict[str, Any] = client.get_function_configuration(FunctionName=settings.name)
        variables = {k: str(v) for k, v in got["Environment"]["Variables"].items()}

        assert settings.variables == variables
        assert settings.timeout_seconds == int(got["Timeout"])
        assert settings.memory_mb == int(got["MemorySize"])
        assert settings.handler == got["Handler"]
        assert settings.arn == got["FunctionArn"]


def test_references_between_resources_are_resolved(stack: LocalStack) -> None:
    variables = stack.functions["ScoreFunction"].settings.variables

    assert variables["RESULTS_BUCKET"] == stack.results_bucket
    assert variables["SEGMENT_REGISTRY"] == f"s3://{stack.models_bucket}" == stack.registry
    assert variables["QUEUE_URL"] == stack.queue_url
    assert variables["AWS_ENDPOINT_URL"] == stack.endpoint_url


def test_a_new_object_in_the_results_bucket_is_an_event_of_eventbridge(
    playground: Playground,
) -> None:
    stack = playground.stack
    sqs, events = stack.client("sqs"), stack.client("events")
    queue_url = sqs.create_queue(QueueName="completions")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [stack.results_bucket]}}}
    events.put_rule(Name="completions", EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule="completions", Targets=[{"Id": "1", "Arn": arn["Attributes"]["QueueArn"]}]
    )

    stack.client("s3").put_object(Bucket=stack.results_bucket, Key="reports/x.json", Body=b"{}")

    def completion() -> Any:
        messages = sqs.receive_message(QueueUrl=queue_url).get("Messages", [])
        details = [json.loads(message["Body"])["detail"] for message in messages]
        return next((d for d in details if d["object"]["key"] == "reports/x.json"), None)

    assert eventually(completion)["bucket"] == {"name": stack.results_bucket}


def test_everything_listens_on_loopback_alone(stack: LocalStack) -> None:
    assert stack.endpoint_url.startswith("http://127.0.0.1:")
    assert stack.api_url.startswith("http://127.0.0.1:")
