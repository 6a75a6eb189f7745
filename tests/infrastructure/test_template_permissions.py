"""Who may do what in a deployment, action by action and resource by resource."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from infra.local.template import read_template
from tests.support.deployment import (
    JWT,
    KEY,
    MODELS,
    QUEUE,
    RESULTS,
    TEMPLATE,
    UPLOADS,
    Stack,
    listed,
    walk,
)

CHOICES: tuple[dict[str, str], ...] = tuple(
    {name: value for choice in choices for name, value in choice.items()}
    for choices in product(
        ({}, JWT),
        ({}, {"KmsKeyArn": KEY}),
        ({}, {"CorsOrigins": "https://a.example.com"}),
        ({}, {"AccessLogsBucket": "audit-logs"}),
    )
)
"""Every way of deploying that changes who may do what."""

RUNS = {
    f"arn:aws:states:eu-central-1:123456789012:execution:RescoreStateMachine{one}"
    for one in (":*", "/*")
}
"""The state machine's runs, and the children of their maps."""

LOG_DELIVERY = {
    (f"logs:{action}", "*")
    for action in (
        *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery"),
        *("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies"),
        "DescribeLogGroups",
    )
}
"""What a state machine that logs has to have, and AWS lets nobody limit to a resource
(https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html)."""


def managed_policies(template: Any) -> list[Any]:
    """Give every managed policy that is attached or made."""
    kinds = ("AWS::IAM::ManagedPolicy",)
    made = [name for name, value in template.items() if value["Type"] in kinds]
    return made + [value for key, value in walk(template) if key == "ManagedPolicyArns"]


def statements(stack: Stack) -> list[dict[str, Any]]:
    """Give every statement of every policy, be it of a role, a bucket or a queue."""
    documents = [value for key, value in walk(stack.resources) if key.endswith("PolicyDocument")]
    return [statement for document in documents for statement in document["Statement"]]


def test_the_score_function_may_do_this_and_nothing_more(stack: Stack) -> None:
    assert stack.grants("ScoreRole") == {
        ("s3:GetObject", f"{UPLOADS}/*"),
        ("s3:GetObject", f"{MODELS}/*"),
        ("s3:GetObject", f"{RESULTS}/*"),
        ("s3:PutObject", f"{RESULTS}/*"),
        ("s3:AbortMultipartUpload", f"{RESULTS}/*"),
        ("s3:ListBucket", UPLOADS),
        ("s3:ListBucket", MODELS),
        ("s3:ListBucket", RESULTS),
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
        ("sqs:ChangeMessageVisibility", QUEUE),
        ("logs:CreateLogStream", "arn:ScoreLogGroup"),
        ("logs:PutLogEvents", "arn:ScoreLogGroup"),
    }


def test_the_predict_function_may_do_this_and_nothing_more(stack: Stack) -> None:
    assert stack.grants("PredictRole") == {
        ("s3:GetObject", f"{MODELS}/*"),
        ("s3:ListBucket", MODELS),
        ("logs:CreateLogStream", "arn:PredictLogGroup"),
        ("logs:PutLogEvents", "arn:PredictLogGroup"),
    }


def test_scoring_again_may_do_this_and_nothing_more(stack: Stack) -> None:
    rescore = f"{RESULTS}/rescore/*"
    assert stack.grants("RescoreRole") - LOG_DELIVERY == {
        ("lambda:InvokeFunction", "arn:ScoreFunction"),
        ("s3:ListBucket", UPLOADS),
        ("s3:GetObject", rescore),
        ("s3:PutObject", rescore),
        ("s3:ListMultipartUploadParts", rescore),
        ("s3:AbortMultipartUpload", rescore),
        ("states:StartExecution", "RescoreStateMachine"),
        *(("states:DescribeExecution", run) for run in RUNS),
        *(("states:StopExecution", run) for run in RUNS),
    }
    assert stack.grants("RescoreRole") >= LOG_DELIVERY


def test_a_kms_key_adds_its_use_through_s3_alone(stack: Stack) -> None:
    encrypted = Stack(KmsKeyArn=KEY)

    assert encrypted.grants("ScoreRole") - stack.grants("ScoreRole") == {
        ("kms:Decrypt", KEY),
        ("kms:GenerateDataKey", KEY),
    }
    assert encrypted.grants("RescoreRole") - stack.grants("RescoreRole") == {
        ("kms:Decrypt", KEY),
        ("kms:GenerateDataKey", KEY),
    }
    assert encrypted.grants("PredictRole") - stack.grants("PredictRole") == {("kms:Decrypt", KEY)}
    policies = encrypted.of_type("AWS::IAM::Policy").values()
    for policy in (one for one in policies if one["PolicyName"] == "encryption"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Condition"] == {
                "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
            }


@pytest.mark.parametrize("parameters", CHOICES, ids=lambda chosen: "+".join(chosen) or "defaults")
class TestHoweverItIsDeployed:
    def test_no_managed_policy_is_attached(self, parameters: dict[str, str]) -> None:
        stack = Stack(**parameters)

        assert managed_policies(stack.resources) == []
        assert set(stack.of_type("AWS::IAM::Role")) == {"ScoreRole", "PredictRole", "RescoreRole"}

    def test_wildcards_stand_for_keys_and_runs_alone(self, parameters: dict[str, str]) -> None:
        # Nobody knows them beforehand: keys are the users' file names.
        objects = {f"{bucket}/*" for bucket in (UPLOADS, RESULTS, MODELS, f"{RESULTS}/rescore")}
        stack = Stack(**parameters)

        for role in stack.of_type("AWS::IAM::Role"):
            for action, resource in stack.grants(role) - LOG_DELIVERY:
                assert "*" not in action
                assert "*" not in resource or resource in objects | RUNS, f"{action} on {resource}"

    def test_only_roles_the_uploads_bucket_the_alarms_and_lambda_itself_are_let_in(
        self, parameters: dict[str, str]
    ) -> None:
        stack = Stack(**parameters)

        assert {key for key, _ in walk(stack.resources)}.isdisjoint(
            {"NotAction", "NotResource", "NotPrincipal"}
        )
        # Statements of roles name no principal.
        assert {
            str(statement["Principal"])
            for statement in statements(stack)
            if statement["Effect"] == "Allow" and "Principal" in statement
        } == {
            f"{{'Service': '{service}.amazonaws.com'}}"
            for service in ("s3", "lambda", "states", "cloudwatch")
        }

    def test_no_way_in_is_open(self, parameters: dict[str, str]) -> None:
        stack = Stack(**parameters)
        routes = stack.of_type("AWS::ApiGatewayV2::Route").values()

        assert {route["AuthorizationType"] for route in routes} <= {"AWS_IAM", "JWT"}
        assert not stack.of_type("AWS::Lambda::Url")
        assert {one["Principal"] for one in stack.of_type("AWS::Lambda::Permission").values()} == {
            "apigateway.amazonaws.com"
        }
        for bucket in stack.of_type("AWS::S3::Bucket").values():
            assert all(bucket["PublicAccessBlockConfiguration"].values())
            assert "AccessControl" not in bucket
            assert "WebsiteConfiguration" not in bucket

    def test_every_bucket_queue_and_topic_refuses_plain_http(
        self, parameters: dict[str, str]
    ) -> None:
        stack = Stack(**parameters)
        refused = {
            resource.removesuffix("/*")
            for statement in statements(stack)
            if statement["Effect"] == "Deny"
            and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for resource in listed(statement["Resource"])
        }

        queues_and_topic = {QUEUE, "arn:UploadDeadLetterQueue", "AlarmTopic"}
        assert refused == {UPLOADS, RESULTS, MODELS} | queues_and_topic


def test_a_managed_policy_would_be_found(tmp_path: Path) -> None:
    # SAM attaches one to the role that it makes for a function without.
    text = TEMPLATE.read_text(encoding="utf-8")
    without_role = text.replace("      Role: !GetAtt PredictRole.Arn\n", "")
    assert without_role != text
    changed = tmp_path / "template.yaml"
    changed.write_text(without_role, encoding="utf-8")

    found = str(managed_policies(read_template(changed, "eu-central-1", {}).body["Resources"]))

    assert "AWSLambdaBasicExecutionRole" in found


def test_each_function_has_a_role_of_its_own_that_only_lambda_takes(stack: Stack) -> None:
    assert stack["ScoreFunction"]["Role"] == "arn:ScoreRole"
    assert stack["PredictFunction"]["Role"] == "arn:PredictRole"
    services = {"ScoreRole": "lambda", "PredictRole": "lambda", "RescoreRole": "states"}
    for name, service in services.items():
        (statement,) = stack[name]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}


def test_only_the_uploads_bucket_of_this_account_may_fill_the_queue(stack: Stack) -> None:
    allowed = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert allowed == [
        {
            "Sid": "UploadsBucketOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE,
            "Condition": {
                "ArnEquals": {"aws:SourceArn": UPLOADS},
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            },
        }
    ]


def test_buckets_grant_nothing_to_anybody(stack: Stack) -> None:
    for policy in stack.of_type("AWS::S3::BucketPolicy").values():
        assert {s["Effect"] for s in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def test_only_this_api_may_call_the_predict_function(stack: Stack) -> None:
    (permission,) = stack.of_type("AWS::Lambda::Permission").values()

    assert permission["FunctionName"] == "PredictFunction"
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"] == "arn:aws:execute-api:eu-central-1:123456789012:Api/*"
