"""Create the template's stack in moto through CloudFormation."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws_server import ACCOUNT_ID, REGION
from infra.local.coverage import APPLIED, CREATED, NOT_LOCAL
from infra.local.errors import TemplateError
from infra.local.intrinsics import Resolver
from infra.local.template import JsonObject, Template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# The ARNs that Fn::GetAtt gives for a physical id. (AWS Service Authorization Reference)
_ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{id}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{id}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{id}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{id}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
}

SUBSTITUTED = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stack that exists.

    Attributes
    ----------
    template : Template
        What it was made from.
    resolver : Resolver
        Works out the intrinsic functions of the template against this stack.
    """

    template: Template
    resolver: Resolver

    def physical_id(self, logical_id: str) -> str:
        """A bucket's name, a queue's address or a function's name."""
        if logical_id not in self.template.resources:
            raise TemplateError(f"{self.template.path}: no resource {logical_id}")
        return self.resolver.references[logical_id]

    def properties_of(self, *resource_types: str) -> dict[str, JsonObject]:
        """The resolved properties of every resource of these types whose condition holds."""
        return {
            logical_id: self.resolver.resolve(resource.get("Properties", {}))
            for logical_id, resource in self.template.of_type(*resource_types).items()
            if "Condition" not in resource or self.resolver.holds(resource["Condition"])
        }


def deploy(template: Template, stack_name: str, cloudformation: CloudFormationClient) -> Deployment:
    """Create the stack and return what became of each logical id.

    Raises
    ------
    TemplateError
        The template has a resource type that no table of :mod:`coverage` lists, or CloudFormation
        refuses it.
    """
    unknown = sorted({r["Type"] for r in template.resources.values()} - listed_types())
    if unknown:
        raise TemplateError(
            f"{template.path}: the local stack does not know {', '.join(unknown)}; "
            "say in infra/local/coverage.py what becomes of it"
        )
    try:
        cloudformation.create_stack(
            StackName=stack_name,
            TemplateBody=json.dumps(_what_moto_creates(template)),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in template.parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
    except (ClientError, BotoCoreError) as exc:
        raise TemplateError(f"{template.path}: moto's CloudFormation refuses it: {exc}") from exc
    return Deployment(template, _resolver(template, stack_name, cloudformation))


def listed_types() -> set[str]:
    """Every resource type that a table of :mod:`coverage` lists."""
    return {*CREATED, *APPLIED, *NOT_LOCAL}


def _what_moto_creates(template: Template) -> JsonObject:
    """The template without conditions, and without the resources that moto does not know."""
    decide = Resolver(template.parameters, {}, template.body.get("Conditions", {}))
    resources: dict[str, JsonObject] = {
        logical_id: {"Type": resource["Type"], "Properties": {**resource.get("Properties", {})}}
        for logical_id, resource in template.of_type(*CREATED).items()
        if "Condition" not in resource or decide.holds(resource["Condition"])
    }
    for logical_id in template.of_type("AWS::Lambda::Function"):
        # moto wants code that exists, though it never runs it.
        resources[logical_id]["Properties"] |= {"Code": {"ZipFile": "# runs from its folder"}}
    for logical_id in template.of_type("AWS::StepFunctions::StateMachine"):
        _take_definition(template, resources[logical_id]["Properties"])
    sections: JsonObject = {
        name: template.body[name] for name in ("Parameters", "Mappings") if name in template.body
    }
    return {**sections, "Resources": decide.without_conditions(resources)}


def _take_definition(template: Template, properties: JsonObject) -> None:
    """Put a state machine's definition where moto looks for it; it knows no substitutions either.

    Joined, not by Fn::Sub: moto's makes one dollar of the two before a context object's path.
    """
    parts: list[Any] = SUBSTITUTED.split(template.definition(properties))
    parts[1::2] = [properties["DefinitionSubstitutions"][name] for name in parts[1::2]]
    properties["DefinitionString"] = {"Fn::Join": ["", parts]}
    del properties["DefinitionS3Location"], properties["DefinitionSubstitutions"]


def _resolver(
    template: Template, stack_name: str, cloudformation: CloudFormationClient
) -> Resolver:
    stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
    references = {
        **template.parameters,
        "AWS::AccountId": ACCOUNT_ID,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::StackId": stack["StackId"],
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    # What moto does not create has no physical id: its logical id will do.
    references |= {logical_id: logical_id for logical_id in template.resources}
    attributes = {}
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name):
        for summary in page["StackResourceSummaries"]:
            logical_id = summary["LogicalResourceId"]
            physical_id = summary.get("PhysicalResourceId", "")
            references[logical_id] = physical_id
            if arn := _ARNS.get(summary["ResourceType"]):
                attributes[f"{logical_id}.Arn"] = arn.format(
                    account=ACCOUNT_ID,
                    region=REGION,
                    id=physical_id,
                    name=physical_id.rsplit("/", 1)[-1],
                )
    return Resolver(
        references,
        attributes,
        template.body.get("Conditions", {}),
        template.body.get("Mappings", {}),
    )
