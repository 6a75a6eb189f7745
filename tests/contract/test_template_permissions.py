"""Who may do what in a deployment, action by action and resource by resource."""

from __future__ import annotations

import pytest

from tests.support.deployment import JWT, KEY, MODELS, QUEUE, RESULTS, UPLOADS, Stack, walk


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


def test_a_kms_key_adds_its_use_through_s3_alone(stack: Stack) -> None:
    encrypted = Stack(KmsKeyArn=KEY)

    assert encrypted.grants("ScoreRole") - stack.grants("ScoreRole") == {
        ("kms:Decrypt", KEY),
        ("kms:GenerateDataKey", KEY),
    }
    assert encrypted.grants("PredictRole") - stack.grants("PredictRole") == {("kms:Decrypt", KEY)}
    for policy in encrypted.of_type("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Condition"] == {
                "StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}
            }


@pytest.mark.parametrize("parameters", [{}, {"KmsKeyArn": KEY}, JWT])
def test_no_managed_policy_and_no_wildcard_is_granted_anywhere(parameters: dict[str, str]) -> None:
    stack = Stack(**parameters)

    assert not [key for key, _ in walk(stack.resources) if key == "ManagedPolicyArns"]
    assert set(stack.of_type("AWS::IAM::Role")) == {"ScoreRole", "PredictRole"}
    assert not stack.of_type("AWS::IAM::ManagedPolicy")
    for role in stack.of_type("AWS::IAM::Role"):
        for action, resource in stack.grants(role):
            assert "*" not in action
            assert resource != "*"


def test_each_function_has_a_role_of_its_own_that_only_lambda_takes(stack: Stack) -> None:
    assert stack["ScoreFunction"]["Role"] == "arn:ScoreRole"
    assert stack["PredictFunction"]["Role"] == "arn:PredictRole"
    for role in stack.of_type("AWS::IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


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
