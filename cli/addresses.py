"""Where the deployed system's buckets and queues are: options, outputs of its stack, environment.

What stands on the command line goes before the environment: whoever names a stack means all of
it, also in a shell that was set up for another one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli.options import bucket_is_there
from operations.errors import OperationRefused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

Command = TypeVar("Command", bound=Callable[..., Any])

_STACK = "cli.addresses.stack"


@dataclass(frozen=True, slots=True)
class Place:
    """Something that the template makes, and the commands need an address of.

    Parameters
    ----------
    what
        What it is, for help and errors.
    metavar
        What its address is.
    variable
        The environment variable that holds it.
    output
        The output of template.yaml that holds it.
    """

    what: str
    metavar: str
    variable: str
    output: str

    def unknown(self, option: str) -> click.UsageError:
        """Say how to tell where it is."""
        return click.UsageError(
            f"where is the {self.what}? Give {option}, name the stack with --stack, or set "
            f"{self.variable}."
        )


API = Place("HTTP API", "URL", "API_URL", "ApiUrl")
UPLOADS = Place("uploads bucket", "BUCKET", "UPLOADS_BUCKET", "UploadsBucketName")
RESULTS = Place("results bucket", "BUCKET", "RESULTS_BUCKET", "ResultsBucketName")
REGISTRY = Place("registry", "ADDRESS", "SEGMENT_REGISTRY", "RegistryUri")
RESCORE = Place(
    "state machine that scores uploads again",
    "ARN",
    "RESCORE_STATE_MACHINE",
    "RescoreStateMachineArn",
)
DEAD_LETTERS = Place("dead-letter queue", "URL", "DLQ_URL", "UploadDeadLetterQueueUrl")


def stack_option(command: Command) -> Command:
    """Add ``--stack``, from whose outputs every `place_option` may take its address."""

    def keep(ctx: click.Context, _: click.Parameter, name: str | None) -> None:
        if name is not None:
            # Asked for once, and only when an address is needed.
            ctx.meta[_STACK] = name, cache(lambda: _outputs(name))

    return click.option(
        "--stack",
        metavar="NAME",
        is_eager=True,
        expose_value=False,
        callback=keep,
        help="The CloudFormation stack whose buckets and queues are meant.",
    )(command)


def place_option(
    option: str, place: Place, *, required: bool = True
) -> Callable[[Command], Command]:
    """Add an option for a place; the command gets its address.

    Parameters
    ----------
    option
        Its name, and that of the command's argument: ``--uploads``.
    place
        What it is about.
    required
        Refuse the call when the address is not known; otherwise it is empty.
    """

    def find(ctx: click.Context, _: click.Parameter, given: str | None) -> str:
        found = given or _of_stack(ctx, place) or os.environ.get(place.variable, "").strip()
        if required and not found and not ctx.resilient_parsing:
            raise place.unknown(option)
        return found

    return click.option(
        option,
        metavar=place.metavar,
        callback=find,
        help=f"The {place.what}; else that of --stack, else ${place.variable}.",
    )


def _of_stack(ctx: click.Context, place: Place) -> str:
    if _STACK not in ctx.meta or ctx.resilient_parsing:
        return ""
    name, outputs = ctx.meta[_STACK]
    found: Mapping[str, str] = outputs()
    if place.output not in found:
        raise OperationRefused(
            f'stack "{name}" has no output {place.output}, expected a stack of template.yaml'
        )
    return found[place.output]


def _outputs(stack: str) -> dict[str, str]:
    import boto3
    from botocore.exceptions import ClientError

    client = boto3.client("cloudformation")
    try:
        (described,) = client.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as exc:
        if exc.response.get("Error", {}).get("Code") == "ValidationError":
            region = client.meta.region_name
            raise OperationRefused(f'there is no stack "{stack}" in {region}') from exc
        raise
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}


def s3_for_many() -> S3Client:
    """Make an S3 client for as many requests at once as operations make."""
    import boto3
    from botocore.config import Config

    from operations import REQUESTS_AT_ONCE

    retries: Any = {"mode": "standard", "total_max_attempts": 5}
    return boto3.client("s3", config=Config(retries=retries, max_pool_connections=REQUESTS_AT_ONCE))


def sqs_client() -> SQSClient:
    """Make an SQS client that does not hang on a queue that is out of reach."""
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": 2}
    return boto3.client("sqs", config=Config(retries=retries, connect_timeout=5, read_timeout=10))


def state_machine_client() -> Any:
    """Make a Step Functions client."""
    import boto3
    from botocore.config import Config

    retries: Any = {"mode": "standard", "total_max_attempts": 5}
    return boto3.client("stepfunctions", config=Config(retries=retries))


def existing_bucket(s3: S3Client, place: Place, name: str) -> str:
    """Give the name of a bucket that is there.

    Raises
    ------
    OperationRefused
        It is not.
    TransientError
        S3 did not answer.
    """
    if not bucket_is_there(s3, name, f"open s3://{name}"):
        raise OperationRefused(f'there is no bucket "{name}", expected the {place.what}')
    return name
