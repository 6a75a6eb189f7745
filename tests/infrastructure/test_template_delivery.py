"""How an upload reaches the score function, and what becomes of it when that fails."""

from __future__ import annotations

import pytest

from tests.support.deployment import FUNCTIONS, QUEUE, Stack, listed, tls_only


def test_every_new_object_in_uploads_reaches_the_queue_and_nothing_else_does(stack: Stack) -> None:
    assert stack["UploadsBucket"]["NotificationConfiguration"] == {
        "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": QUEUE}]
    }
    # Results that came back as uploads would be scored for ever.
    assert stack["ResultsBucket"]["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }
    assert "NotificationConfiguration" not in stack["ModelsBucket"]


def test_the_uploads_bucket_waits_for_the_policy_that_lets_s3_send(stack: Stack) -> None:
    assert "UploadQueuePolicy" in listed(stack.resources["UploadsBucket"]["DependsOn"])
    assert stack["UploadQueuePolicy"]["Queues"] == ["UploadQueue"]


def test_a_message_stays_hidden_for_the_timeout_and_a_minute(stack: Stack) -> None:
    timeouts = stack.template.body["Parameters"]["ScoreTimeout"]["AllowedValues"]
    assert max(map(int, timeouts)) == 900

    for timeout in timeouts:
        chosen = Stack(ScoreTimeout=timeout)
        assert int(chosen["ScoreFunction"]["Timeout"]) == int(timeout)
        assert chosen["UploadQueue"]["VisibilityTimeout"] == int(timeout) + 60


def test_what_fails_five_times_waits_14_days_and_so_outlives_the_queue(stack: Stack) -> None:
    queue, dead_letters = stack["UploadQueue"], stack["UploadDeadLetterQueue"]

    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": "arn:UploadDeadLetterQueue",
        "maxReceiveCount": 5,
    }
    assert dead_letters["MessageRetentionPeriod"] == 14 * 86400
    assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


@pytest.mark.parametrize("queue", ["UploadQueue", "UploadDeadLetterQueue"])
def test_a_queue_is_encrypted_and_takes_tls_only(stack: Stack, queue: str) -> None:
    assert stack[queue]["SqsManagedSseEnabled"] is True
    (policy,) = (p for p in stack.of_type("AWS::SQS::QueuePolicy").values() if queue in p["Queues"])

    assert tls_only("sqs:*", f"arn:{queue}") in policy["PolicyDocument"]["Statement"]


def test_one_upload_at_a_time_and_its_failure_is_its_own(stack: Stack) -> None:
    (mapping,) = stack.of_type("AWS::Lambda::EventSourceMapping").values()

    assert mapping["EventSourceArn"] == QUEUE
    assert mapping["FunctionName"] == "ScoreFunction"
    assert mapping["BatchSize"] == 1
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_concurrency_is_limited_at_the_source_not_by_throttling(stack: Stack) -> None:
    (mapping,) = Stack(MaximumConcurrency="7").of_type("AWS::Lambda::EventSourceMapping").values()
    limits = stack.template.body["Parameters"]["MaximumConcurrency"]

    assert mapping["ScalingConfig"] == {"MaximumConcurrency": "7"}
    assert (limits["MinValue"], limits["MaxValue"]) == (2, 1000)
    for function in FUNCTIONS:
        assert "ReservedConcurrentExecutions" not in stack[function]
