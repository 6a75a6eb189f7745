"""The template as a deployment has it: translated, its parameters and conditions worked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.intrinsics import Resolver
from infra.local.template import Template, read_template

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

SUFFIX = "0123456789ab"
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": f"arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1-2-3-4-{SUFFIX}",
    "AWS::StackName": "segmentation",
    "AWS::URLSuffix": "amazonaws.com",
}
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd"
JWT = {"AuthType": "JWT", "JwtIssuer": "https://login.example.com/", "JwtAudience": "console,shop"}

UPLOADS = f"arn:aws:s3:::segmentation-uploads-{SUFFIX}"
RESULTS = f"arn:aws:s3:::segmentation-results-{SUFFIX}"
MODELS = f"arn:aws:s3:::segmentation-models-{SUFFIX}"
QUEUE = "arn:UploadQueue"
BUCKETS = ["UploadsBucket", "ResultsBucket", "ModelsBucket"]
FUNCTIONS = ["ScoreFunction", "PredictFunction"]

Json = dict[str, Any]


class Stack:
    """The resources and outputs that a deployment with these parameters would have."""

    def __init__(self, **parameters: str) -> None:
        self.template: Template = read_template(TEMPLATE, "eu-central-1", parameters)
        body, references = self.template.body, dict(self.template.parameters) | PSEUDO
        attributes: dict[str, str] = {}
        conditions, mappings = body["Conditions"], body["Mappings"]
        for name, resource in body["Resources"].items():
            references[name] = name
            attributes[f"{name}.Arn"] = f"arn:{name}"
            attributes[f"{name}.Name"] = name
            attributes[f"{name}.QueueName"] = name
            if resource["Type"] == "AWS::S3::Bucket":
                resolver = Resolver(references, attributes, conditions, mappings)
                references[name] = resolver.resolve(resource["Properties"]["BucketName"])
                attributes[f"{name}.Arn"] = f"arn:aws:s3:::{references[name]}"
        resolver = Resolver(references, attributes, conditions, mappings)
        self.resources: dict[str, Json] = {
            name: resolver.resolve({k: v for k, v in resource.items() if k != "Condition"})
            for name, resource in body["Resources"].items()
            if "Condition" not in resource or resolver.holds(resource["Condition"])
        }
        self.outputs: dict[str, str] = {
            name: resolver.resolve(output["Value"]) for name, output in body["Outputs"].items()
        }

    def __getitem__(self, name: str) -> Json:
        properties: Json = self.resources[name]["Properties"]
        return properties

    def of_type(self, resource_type: str) -> dict[str, Json]:
        return {
            name: resource["Properties"]
            for name, resource in self.resources.items()
            if resource["Type"] == resource_type
        }

    def grants(self, role: str) -> set[tuple[str, str]]:
        """Every (action, resource) that the role may use, by its own or an attached policy."""
        documents = [policy["PolicyDocument"] for policy in self[role].get("Policies", [])]
        documents += [
            policy["PolicyDocument"]
            for policy in self.of_type("AWS::IAM::Policy").values()
            if role in policy["Roles"]
        ]
        return {
            (action, resource)
            for document in documents
            for statement in document["Statement"]
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
            if statement["Effect"] == "Allow"
        }


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and its value, at any depth."""
    for item in value.values() if isinstance(value, dict) else listed(value):
        if isinstance(item, dict | list):
            yield from walk(item)
    if isinstance(value, dict):
        yield from value.items()


def named(value: Any) -> set[str]:
    """The names that Ref, Fn::GetAtt and Fn::Sub in this part of the template point to."""
    names: set[str] = set()
    for key, item in walk(value):
        if key == "Ref":
            names.add(item)
        elif key == "Fn::GetAtt":
            names.add(item[0] if isinstance(item, list) else item.split(".")[0])
        elif key == "Fn::Sub":
            text = item[0] if isinstance(item, list) else item
            names |= {name.split(".")[0] for name in re.findall(r"\$\{([A-Za-z0-9:.]+)\}", text)}
    return names


def s3_address(arn: str) -> str:
    return "s3://" + arn.removeprefix("arn:aws:s3:::")


def tls_only(action: str, resource: Any) -> Json:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
