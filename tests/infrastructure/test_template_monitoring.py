"""Alarms, whom they reach, and the dashboard. A run shows elsewhere that their metrics exist."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.support.deployment import KEY, Stack

ALARMS = {
    "DeadLettersAlarm",
    "OldestUploadAlarm",
    "RefusedUploadsAlarm",
    "DriftAlarm",
    "ModelAgeAlarm",
    "StaleChampionAlarm",
    "ApiErrorsAlarm",
    "ApiLatencyAlarm",
}


def dashboard(stack: Stack) -> list[dict[str, Any]]:
    widgets: list[dict[str, Any]] = json.loads(stack["Dashboard"]["DashboardBody"])["widgets"]
    return widgets


def test_every_alarm_tells_the_topic_what_is_wrong_and_silence_is_none(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")

    assert set(alarms) == ALARMS
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == ["AlarmTopic"], name
        assert alarm["AlarmDescription"].endswith("."), name
        assert alarm["TreatMissingData"] == "notBreaching", name
        assert alarm["AlarmName"].startswith("segmentation-"), "as the topic's policy expects"
        # CloudWatch looks back a day, or a week with periods of an hour and more.
        most = 604_800 if alarm["Period"] >= 3600 else 86_400
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= most, name
        assert ("Statistic" in alarm) != ("ExtendedStatistic" in alarm), name


def test_the_queues_alarms_watch_the_queues_and_the_apis_the_api(stack: Stack) -> None:
    watched = {
        name: (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"])
        for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()
        if alarm["Namespace"].startswith("AWS/")
    }

    def queue(name: str) -> list[dict[str, str]]:
        return [{"Name": "QueueName", "Value": name}]

    api = [{"Name": "ApiId", "Value": "Api"}]
    # Names as in the developer guides of SQS and API Gateway (HTTP APIs).
    assert watched == {
        "DeadLettersAlarm": (
            *("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            queue("UploadDeadLetterQueue"),
        ),
        "OldestUploadAlarm": (
            *("AWS/SQS", "ApproximateAgeOfOldestMessage"),
            queue("UploadQueue"),
        ),
        "ApiErrorsAlarm": ("AWS/ApiGateway", "5xx", api),
        "ApiLatencyAlarm": ("AWS/ApiGateway", "Latency", api),
    }


def test_thresholds_that_depend_on_the_user_are_parameters() -> None:
    stack = Stack(OldestUploadSeconds="600", ModelAgeDays="30")

    assert stack["OldestUploadAlarm"]["Threshold"] == "600"
    assert stack["ModelAgeAlarm"]["Threshold"] == "30"


def test_two_stacks_do_not_count_together(stack: Stack) -> None:
    variables = stack["ScoreFunction"]["Environment"]["Variables"]

    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Segmentation/segmentation"
    assert "Segmentation/${AWS::StackName}" in str(
        stack.template.resources["DriftAlarm"]["Properties"]["Namespace"]
    )


def test_mail_is_sent_where_an_address_is_given(stack: Stack) -> None:
    assert not stack.of_type("AWS::SNS::Subscription")

    (subscription,) = Stack(AlarmEmail="ops@example.com").of_type("AWS::SNS::Subscription").values()

    assert subscription == {
        "TopicArn": "AlarmTopic",
        "Protocol": "email",
        "Endpoint": "ops@example.com",
    }
    pattern = stack.template.body["Parameters"]["AlarmEmail"]["AllowedPattern"]
    assert re.fullmatch(pattern, "") and re.fullmatch(pattern, "a.b+c@example.com")
    for refused in ("ops", "@example.com", "ops@", "a b@example.com", "a@b@c"):
        assert not re.fullmatch(pattern, refused)


def test_the_topic_is_encrypted_by_the_given_key_or_not_at_all(stack: Stack) -> None:
    # AWS's own key for SNS would not let CloudWatch in, and no alarm would ever be sent.
    assert "KmsMasterKeyId" not in stack["AlarmTopic"]
    assert Stack(KmsKeyArn=KEY)["AlarmTopic"]["KmsMasterKeyId"] == KEY


def test_only_alarms_of_this_stack_may_speak(stack: Stack) -> None:
    allowed = [
        statement
        for statement in stack["AlarmTopicPolicy"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert allowed == [
        {
            "Sid": "AlarmsOfThisStack",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "AlarmTopic",
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": (
                        "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:segmentation-*"
                    )
                },
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            },
        }
    ]


class TestTheDashboard:
    def test_shows_every_alarm(self, stack: Stack) -> None:
        (alarms,) = (one for one in dashboard(stack) if one["type"] == "alarm")

        assert {f"arn:{name}" for name in ALARMS} == set(alarms["properties"]["alarms"])

    def test_has_a_title_and_a_place_for_each_widget(self, stack: Stack) -> None:
        widgets = dashboard(stack)

        assert len({one["properties"]["title"] for one in widgets}) == len(widgets)
        for one in widgets:
            assert 0 <= one["x"] < one["x"] + one["width"] <= 24
        for one, other in combinations(widgets, 2):
            beside = (
                one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            )
            above = (
                one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            )
            assert beside or above, f"{one['properties']['title']} lies over another"

    @pytest.mark.parametrize("region", ["eu-central-1"])
    def test_is_of_this_region_and_of_resources_that_exist(self, stack: Stack, region: str) -> None:
        resources = {
            "UploadQueue",
            "UploadDeadLetterQueue",
            "Api",
            *stack.of_type("AWS::Lambda::Function"),
        }
        for widget in dashboard(stack):
            if widget["type"] != "metric":
                continue
            assert widget["properties"]["region"] == region
            for metric in widget["properties"]["metrics"]:
                if isinstance(metric[0], str) and metric[0].startswith("AWS/"):
                    assert metric[3] in resources, metric
