"""What the three buckets keep, for how long, and from whom."""

from __future__ import annotations

import re

import pytest

from tests.support.deployment import BUCKETS, KEY, SUFFIX, Stack, tls_only, walk


def test_there_are_three_buckets_with_names_of_their_own(stack: Stack) -> None:
    names = {
        name: bucket["BucketName"] for name, bucket in stack.of_type("AWS::S3::Bucket").items()
    }

    assert names == {
        "UploadsBucket": f"segmentation-uploads-{SUFFIX}",
        "ResultsBucket": f"segmentation-results-{SUFFIX}",
        "ModelsBucket": f"segmentation-models-{SUFFIX}",
    }


def test_the_longest_prefix_still_makes_bucket_names_that_s3_takes(stack: Stack) -> None:
    pattern = stack.template.body["Parameters"]["Prefix"]["AllowedPattern"]
    longest = "p" * 30

    assert re.fullmatch(pattern, longest)
    assert not re.fullmatch(pattern, longest + "p")
    for refused in ("Shop", "-shop", "shop-", "9shop", "sh_op", "shop.de", "s"):
        assert not re.fullmatch(pattern, refused)
    for bucket in Stack(Prefix=longest).of_type("AWS::S3::Bucket").values():
        assert len(bucket["BucketName"]) <= 63


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_private_and_encrypted(stack: Stack, bucket: str) -> None:
    properties = stack[bucket]

    assert properties["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert properties["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    ]
    assert "LoggingConfiguration" not in properties


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_encrypted_by_the_given_key(bucket: str) -> None:
    properties = Stack(KmsKeyArn=KEY)[bucket]

    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"] == [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
        }
    ]


def test_access_logs_go_to_the_given_bucket_under_a_prefix_for_each() -> None:
    stack = Stack(AccessLogsBucket="audit-logs")

    logging = [stack[bucket]["LoggingConfiguration"] for bucket in BUCKETS]

    assert {settings["DestinationBucketName"] for settings in logging} == {"audit-logs"}
    assert len({settings["LogFilePrefix"] for settings in logging}) == 3


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_versioned_and_outlives_the_stack_with_its_policy(
    stack: Stack, bucket: str
) -> None:
    assert stack[bucket]["VersioningConfiguration"] == {"Status": "Enabled"}
    for name in (bucket, f"{bucket}Policy"):
        assert stack.resources[name]["DeletionPolicy"] == "Retain"
        assert stack.resources[name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_takes_tls_only(stack: Stack, bucket: str) -> None:
    policy = stack[f"{bucket}Policy"]

    assert policy["Bucket"] == stack[bucket]["BucketName"]
    arn = f"arn:aws:s3:::{policy['Bucket']}"
    assert policy["PolicyDocument"]["Statement"] == [tls_only("s3:*", [arn, f"{arn}/*"])]


@pytest.mark.parametrize("bucket", BUCKETS)
def test_abandoned_multipart_uploads_are_gone_after_a_day(stack: Stack, bucket: str) -> None:
    rules = stack[bucket]["LifecycleConfiguration"]["Rules"]

    assert [
        rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        for rule in rules
        if "AbortIncompleteMultipartUpload" in rule and rule["Status"] == "Enabled"
    ] == [1]


def test_old_versions_outlive_a_dead_letter_and_go_but_models_stay(stack: Stack) -> None:
    days_in_dead_letters = stack["UploadDeadLetterQueue"]["MessageRetentionPeriod"] / 86400
    fewest = stack.template.body["Parameters"]["OldVersionDays"]["MinValue"]
    assert fewest > days_in_dead_letters

    expiring = {
        bucket: [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in stack[bucket]["LifecycleConfiguration"]["Rules"]
            if "NoncurrentVersionExpiration" in rule
        ]
        for bucket in BUCKETS
    }

    assert expiring == {"UploadsBucket": ["30"], "ResultsBucket": ["30"], "ModelsBucket": []}


def test_no_rule_ever_expires_a_current_object(stack: Stack) -> None:
    keys = {key for bucket in BUCKETS for key, _ in walk(stack[bucket])}

    assert keys.isdisjoint({"ExpirationInDays", "ExpirationDate", "Transitions", "Transition"})
