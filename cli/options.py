"""What several sub-commands share: the registry they work on, and the model they take from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segmentation.errors import RegistryError
from segmentation.model import Model
from segmentation.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

registry_option = click.option(
    "--registry",
    envvar="SEGMENT_REGISTRY",
    show_envvar=True,
    default="./registry",
    show_default=True,
    metavar="ADDRESS",
    help="Where the models are: a folder, or s3://bucket/prefix.",
)
model_option = click.option(
    "--model", "version", metavar="VERSION", help="The version to use; default: the champion."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout."
)


class NewFile(click.Path):
    """A file to be written, in a folder that is there: found before the long work, not after it."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Read the path."""
        path = Path(str(super().convert(str(value), param, ctx)))
        if not path.absolute().parent.is_dir():
            self.fail(f'there is no folder "{path.parent}"', param, ctx)
        return path


def s3_client() -> S3Client:
    """Make the S3 client from the standard AWS settings."""
    import boto3

    return boto3.client("s3")


def existing_registry(address: str) -> Registry:
    """Open a registry to read it.

    Raises
    ------
    RegistryError
        There is none at this address.
    TransientError
        S3 did not answer, or refused.
    """
    registry = writable_registry(address)
    if not address.startswith("s3://") and not Path(address).is_dir():
        raise RegistryError(
            f'no registry at "{address}", expected a folder or s3://bucket/prefix in which '
            "`segment fit` published a model"
        )
    return registry


def writable_registry(address: str) -> Registry:
    """Open a registry to publish to it; a folder need not be there yet, a bucket must.

    Raises
    ------
    RegistryError
        It cannot be made at this address.
    TransientError
        S3 did not answer, or refused.
    """
    from segmentation_aws.registry import open_registry

    registry = open_registry(address, s3_client)
    if address.startswith("s3://"):
        _refuse_missing_bucket(address)
        return registry
    nearest = Path(address).absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise RegistryError(f'"{nearest}" is no folder that can be written to, for the registry')
    return registry


def _refuse_missing_bucket(address: str) -> None:
    from segmentation_aws.registry import split_s3_address

    bucket, _ = split_s3_address(address)
    if not bucket_is_there(s3_client(), bucket, f"open {address}"):
        raise RegistryError(f'no registry at "{address}": there is no bucket "{bucket}"')


def bucket_is_there(s3: S3Client, bucket: str, what: str) -> bool:
    """Tell whether a bucket exists; `what` says for the error why it is asked.

    Raises
    ------
    TransientError
        S3 did not answer.
    """
    from botocore.exceptions import ClientError

    from segmentation_aws.errors import ABSENT, code_of, translated

    with translated(what):
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError as exc:
            # Whoever may not list the bucket may still read and write in it.
            return code_of(exc) not in ABSENT | {"NoSuchBucket"}
        return True


def chosen_model(registry: Registry, version: str | None) -> Model:
    """Load a version, by default the champion.

    Raises
    ------
    RegistryError
        There is no such version, or no champion yet.
    DocumentError
        The model document is damaged.
    """
    return registry.load_champion() if version is None else registry.load(version)
