"""Opening a registry by its address: a folder, or ``s3://bucket/prefix``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from segmentation.errors import RegistryError
from segmentation.registry import Registry
from segmentation.store import DocumentStore, FolderStore
from segmentation_aws.store import S3Store

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

S3_SCHEME = "s3://"


def split_s3_address(address: str) -> tuple[str, str]:
    """Split ``s3://bucket/rest`` into bucket and rest.

    Raises
    ------
    RegistryError
        The bucket is missing.

    Examples
    --------
    >>> split_s3_address("s3://models/team/a")
    ('models', 'team/a')
    """
    bucket, _, rest = address.removeprefix(S3_SCHEME).partition("/")
    if not address.startswith(S3_SCHEME) or not bucket:
        raise RegistryError(f'got "{address}", expected s3://bucket/prefix')
    return bucket, rest


def open_registry(address: str, s3: Callable[[], S3Client]) -> Registry:
    """Open the registry at a folder or S3 address; the rest is as with `open_store`."""
    return Registry(open_store(address, s3))


def open_store(address: str, s3: Callable[[], S3Client]) -> DocumentStore:
    """Open the store of a registry.

    Parameters
    ----------
    address
        A path, or ``s3://bucket/prefix``.
    s3
        Makes the boto3 S3 client; called only for an S3 address.

    Raises
    ------
    RegistryError
        The address is malformed, or a file is in the folder's place.
    """
    if address.startswith(S3_SCHEME):
        bucket, rest = split_s3_address(address)
        prefix = rest.strip("/")
        return S3Store(s3(), bucket, f"{prefix}/" if prefix else "")
    path = Path(address)
    if path.exists() and not path.is_dir():
        raise RegistryError(f'got the file "{address}" as registry, expected a folder')
    return FolderStore(path)
