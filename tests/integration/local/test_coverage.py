"""Nothing of the template is missing on this machine without a reason."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local import coverage
from infra.local.deployment import deploy, listed_types
from infra.local.errors import TemplateError
from infra.local.template import Template, read_template

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def template() -> Template:
    return read_template(ROOT / "template.yaml", "us-east-1")


def test_every_resource_type_of_the_template_is_on_a_list(template: Template) -> None:
    assert {resource["Type"] for resource in template.resources.values()} <= listed_types()


def test_no_resource_type_is_on_two_lists() -> None:
    lists = (coverage.CREATED, coverage.APPLIED, coverage.NOT_LOCAL)

    assert sum(len(entries) for entries in lists) == len(listed_types())


def test_no_list_speaks_of_what_the_template_does_not_have(template: Template) -> None:
    assert listed_types() <= {resource["Type"] for resource in template.resources.values()}


def test_every_property_of_a_bucket_is_on_a_list(template: Template) -> None:
    used = {
        name
        for bucket in template.of_type("AWS::S3::Bucket").values()
        for name in bucket["Properties"]
    }

    listed = coverage.BUCKET_CREATED | coverage.BUCKET_APPLIED | set(coverage.BUCKET_NOT_LOCAL)
    assert used <= listed


def test_an_unlisted_resource_type_is_refused(template: Template) -> None:
    body = {**template.body, "Resources": {"Net": {"Type": "AWS::EC2::VPC"}}}

    with mock_aws(), pytest.raises(TemplateError, match=r"does not know AWS::EC2::VPC.*coverage"):
        deploy(Template(template.path, body, {}), "stack", boto3.client("cloudformation"))


def test_moto_still_closes_a_bucket_whose_policy_asks_for_tls() -> None:
    """The reason that bucket policies are left out; when this fails, they can be applied."""
    policy = """{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",
        "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"""
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="bucket")
        s3.put_bucket_policy(Bucket="bucket", Policy=policy)

        with pytest.raises(ClientError, match="403"):
            s3.put_object(Bucket="bucket", Key="k", Body=b"over HTTPS, so AWS would take it")
