"""Apply what moto's CloudFormation leaves out, from the template's own properties.

CloudFormation and the S3 API spell a few properties differently; the mappings below are those
differences and no more. A property that is not in them is refused, never dropped in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from infra.local.coverage import BUCKET_APPLIED, BUCKET_CREATED, BUCKET_NOT_LOCAL
from infra.local.deployment import Deployment
from infra.local.errors import TemplateError
from infra.local.template import JsonObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# CloudFormation's name of a lifecycle rule's property -> where the S3 API has it.
_LIFECYCLE = {
    "Id": ("ID",),
    "Status": ("Status",),
    "Prefix": ("Filter", "Prefix"),
    "ExpirationInDays": ("Expiration", "Days"),
    "ExpiredObjectDeleteMarker": ("Expiration", "ExpiredObjectDeleteMarker"),
    "NoncurrentVersionExpiration": ("NoncurrentVersionExpiration",),
    "AbortIncompleteMultipartUpload": ("AbortIncompleteMultipartUpload",),
}


def apply_queue_policies(deployment: Deployment, sqs: SQSClient) -> None:
    """Set every queue policy of the template on its queues."""
    for properties in deployment.properties_of("AWS::SQS::QueuePolicy").values():
        for queue_url in properties["Queues"]:
            sqs.set_queue_attributes(
                QueueUrl=queue_url,
                Attributes={"Policy": json.dumps(properties["PolicyDocument"])},
            )


def apply_bucket_settings(deployment: Deployment, s3: S3Client) -> None:
    """Set the properties of every bucket that moto's CloudFormation passes over.

    Raises
    ------
    TemplateError
        A bucket has a property that no table of :mod:`coverage` lists.
    """
    put: dict[str, Callable[[str, Any], object]] = {
        "VersioningConfiguration": lambda bucket, value: s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration=value
        ),
        "PublicAccessBlockConfiguration": lambda bucket, value: s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=value
        ),
        "OwnershipControls": lambda bucket, value: s3.put_bucket_ownership_controls(
            Bucket=bucket, OwnershipControls=value
        ),
        "LifecycleConfiguration": lambda bucket, value: s3.put_bucket_lifecycle_configuration(
            Bucket=bucket,
            LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]},
        ),
        "NotificationConfiguration": lambda bucket, value: s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration=_notifications(value)
        ),
    }
    known = BUCKET_CREATED | BUCKET_APPLIED | set(BUCKET_NOT_LOCAL)
    for logical_id, properties in deployment.properties_of("AWS::S3::Bucket").items():
        if unknown := sorted(set(properties) - known):
            raise TemplateError(
                f"{logical_id}: the local stack does not know {', '.join(unknown)}; "
                "say in infra/local/coverage.py what becomes of it"
            )
        for name in sorted(BUCKET_APPLIED & set(properties)):
            put[name](deployment.physical_id(logical_id), properties[name])


def _lifecycle_rule(rule: JsonObject) -> Any:
    result: JsonObject = {"Filter": {"Prefix": ""}}
    for name, value in rule.items():
        if name not in _LIFECYCLE:
            raise TemplateError(f"lifecycle rule: {name} is not handled by the local stack")
        *parents, last = _LIFECYCLE[name]
        target = result
        for parent in parents:
            target = target.setdefault(parent, {})
        target[last] = value if last in ("ID", "Prefix") else _with_numbers(value)
    return result


def _with_numbers(value: Any) -> Any:
    """Days and counts as numbers: CloudFormation turns the text of a parameter into one itself."""
    if isinstance(value, dict):
        return {name: _with_numbers(item) for name, item in value.items()}
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _notifications(configuration: JsonObject) -> Any:
    result: JsonObject = {}
    for name, value in configuration.items():
        if name == "QueueConfigurations":
            result[name] = [_queue_notification(entry) for entry in value]
        elif name == "EventBridgeConfiguration":
            if value.get("EventBridgeEnabled", True):
                result[name] = {}
        else:
            raise TemplateError(f"bucket notification: {name} is not handled by the local stack")
    return result


def _queue_notification(entry: JsonObject) -> JsonObject:
    rules = entry.get("Filter", {}).get("S3Key", {}).get("Rules", [])
    notification: JsonObject = {"QueueArn": entry["Queue"], "Events": [entry["Event"]]}
    if rules:
        notification["Filter"] = {"Key": {"FilterRules": rules}}
    return notification
