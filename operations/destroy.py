"""Delete a deployed system: ``make destroy``, or ``python -m operations.destroy``.

CloudFormation leaves the three buckets, with all uploads, results and models. ``--purge`` empties
and deletes them too, also those that an earlier delete of the stack has left (CloudFormation
remembers a deleted stack for 90 days).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from operations.errors import OperationRefused
from operations.versions import delete_versions

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client

OUTPUTS = ("UploadsBucketName", "ResultsBucketName", "ModelsBucketName")


@dataclass(frozen=True, slots=True)
class Found:
    """A stack, or what is left of it.

    Parameters
    ----------
    name
        Its name.
    stands
        Whether it is still there.
    buckets
        Those of its buckets that are there.
    """

    name: str
    stands: bool
    buckets: tuple[str, ...]


def find(cloudformation: CloudFormationClient, s3: S3Client, name: str) -> Found:
    """Look for a stack and its buckets.

    Raises
    ------
    OperationRefused
        There is no stack of that name, or it is another template's.
    """
    try:
        stacks = cloudformation.describe_stacks(StackName=name)["Stacks"]
        stands = True
    except ClientError as exc:
        if exc.response.get("Error", {}).get("Code") != "ValidationError":
            raise
        stacks, stands = list(_deleted(cloudformation, name)), False
    if not stacks:
        raise OperationRefused(f'there is no stack "{name}" in {cloudformation.meta.region_name}')
    buckets = [bucket for stack in stacks for bucket in _buckets(stack)]
    if stands and not buckets:
        raise OperationRefused(f'"{name}" is no stack of template.yaml: it names no buckets')
    return Found(name, stands, tuple(bucket for bucket in buckets if _is_there(s3, bucket)))


def delete_stack(cloudformation: CloudFormationClient, name: str) -> None:
    """Delete a stack and wait until it is gone.

    Raises
    ------
    OperationRefused
        CloudFormation could not delete all of it.
    """
    cloudformation.delete_stack(StackName=name)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=name)
    except WaiterError as exc:
        raise OperationRefused(
            f'the stack "{name}" could not be deleted; its events in the console of CloudFormation '
            "say why"
        ) from exc


def delete_bucket(s3: S3Client, bucket: str) -> int:
    """Delete a bucket with everything in it, in all versions; give how many these were.

    Raises
    ------
    OperationRefused
        S3 keeps some: a lock, or a missing permission.
    """
    removed = delete_versions(s3, bucket, _versions(s3, bucket))
    for upload in _unfinished(s3, bucket):
        with suppress(s3.exceptions.NoSuchUpload):
            s3.abort_multipart_upload(Bucket=bucket, **upload)
    s3.delete_bucket(Bucket=bucket)
    return removed


def _deleted(cloudformation: CloudFormationClient, name: str) -> Iterator[Any]:
    pages = cloudformation.get_paginator("list_stacks").paginate(
        StackStatusFilter=["DELETE_COMPLETE"]
    )
    for page in pages:
        for one in page["StackSummaries"]:
            if one["StackName"] == name and "StackId" in one:
                yield from cloudformation.describe_stacks(StackName=one["StackId"])["Stacks"]


def _buckets(stack: Any) -> list[str]:
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return [outputs[name] for name in OUTPUTS if name in outputs]


def _is_there(s3: S3Client, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as exc:
        if exc.response.get("Error", {}).get("Code") == "404":
            return False
        raise
    return True


def _versions(s3: S3Client, bucket: str) -> Iterator[Any]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": one["Key"], "VersionId": one["VersionId"]}


def _unfinished(s3: S3Client, bucket: str) -> Iterator[Any]:
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, EncodingType="url")
    for page in pages:
        for one in page.get("Uploads", []):
            yield {"Key": unquote_plus(one["Key"]), "UploadId": one["UploadId"]}


def _confirm(found: Found, purge: bool, account: str, region: str) -> None:
    """Say what will go, and have the stack's name typed where that cannot be undone."""
    click.echo(f"In account {account}, {region}:")
    if found.stands:
        click.echo(f"  delete the stack {found.name}: functions, queues, API, alarms, logs")
    for bucket in found.buckets:
        what = "DELETE WITH ALL ITS FILES, IN ALL VERSIONS" if purge else "keep"
        click.echo(f"  {what}: s3://{bucket}")
    if not purge:
        click.confirm("Go on?", abort=True)
        return
    question = f"This cannot be undone. Type {found.name} to go on"
    typed = click.prompt(question, default="", show_default=False)
    if typed != found.name:
        raise click.Abort


@click.command()
@click.argument("stack", default="segmentation")
@click.option("--purge", is_flag=True, help="Delete the buckets too, with all that is in them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def main(stack: str, purge: bool, yes: bool) -> None:
    """Delete a deployed system; its buckets stay unless you say --purge."""
    try:
        cloudformation, s3 = boto3.client("cloudformation"), boto3.client("s3")
        found = find(cloudformation, s3, stack)
        if not (found.stands or (purge and found.buckets)):
            click.echo(
                "Nothing to do: the stack is gone" + ("." if purge else "; its buckets stay.")
            )
            return
        if not yes:
            account = boto3.client("sts").get_caller_identity()["Account"]
            _confirm(found, purge, account, cloudformation.meta.region_name)
        # First the stack: nothing then writes to the buckets any more.
        if found.stands:
            click.echo(f"Deleting the stack {stack}; this takes a minute or two.")
            delete_stack(cloudformation, stack)
        for bucket in found.buckets:
            if purge:
                click.echo(f"Deleted s3://{bucket}: {delete_bucket(s3, bucket):,} versions.")
            else:
                click.echo(f"Kept s3://{bucket}.")
    except (OperationRefused, ClientError, BotoCoreError) as exc:
        click.echo(f"Error: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
