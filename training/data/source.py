"""Where the customers are: a file, a folder of files, or the same in S3."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from segmentation_aws.errors import ABSENT, code_of, translated
from segmentation_aws.registry import S3_SCHEME, split_s3_address
from training.errors import DataError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".tsv", ".txt")
"""What counts as data in a folder; a file that is named outright may be called anything."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of customers: what people call it, and where it lies on this machine."""

    address: str
    path: Path


@contextlib.contextmanager
def local_files(address: str, s3: Callable[[], S3Client]) -> Iterator[list[SourceFile]]:
    """Give the files at an address, in the order of their names; those of S3 are downloaded.

    Parameters
    ----------
    address
        A path, or ``s3://bucket/key`` or ``s3://bucket/prefix``.
    s3
        Makes the boto3 S3 client; called only for an S3 address.

    Raises
    ------
    DataError
        There is nothing, or no data file in the folder.
    TransientError
        S3 did not answer, or refused.
    """
    if not address.startswith(S3_SCHEME):
        yield _in_folder(address)
        return
    with tempfile.TemporaryDirectory(prefix="segment-") as folder:
        yield _downloaded(s3(), address, Path(folder))


def digest(files: Sequence[SourceFile]) -> str:
    """Give the sha256 of the one file, or of what ``sha256sum`` prints for several names."""
    lines = []
    for file in files:
        with file.path.open("rb") as stream:
            lines.append(hashlib.file_digest(stream, "sha256").hexdigest())
    if len(lines) == 1:
        return lines[0]
    names = (file.address.rpartition("/")[2] for file in files)
    text = "".join(f"{line}  {name}\n" for line, name in zip(lines, names, strict=True))
    return hashlib.sha256(text.encode()).hexdigest()


def _in_folder(address: str) -> list[SourceFile]:
    root = Path(address)
    if not root.exists():
        raise DataError(f'got "{address}", expected a CSV or Parquet file, or a folder of them')
    if not root.is_dir():
        return [SourceFile(address, root)]
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    files = [
        SourceFile(str(path), path) for path in paths if _is_data(path.relative_to(root).as_posix())
    ]
    return _some(address, files)


def _downloaded(client: S3Client, address: str, folder: Path) -> list[SourceFile]:
    bucket, key = split_s3_address(address)
    with translated(f"read {address}"):
        if key and not key.endswith("/") and _is_object(client, bucket, key):
            keys = [key]
        else:
            prefix = f"{key.rstrip('/')}/" if key else ""
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            found = sorted(item["Key"] for page in pages for item in page.get("Contents", []))
            keys = [one for one in found if _is_data(one.removeprefix(prefix))]
        files = []
        for number, one in enumerate(keys):
            path = folder / str(number)
            client.download_file(bucket, one, str(path))
            files.append(SourceFile(f"{S3_SCHEME}{bucket}/{one}", path))
    return _some(address, files)


def _is_object(client: S3Client, bucket: str, key: str) -> bool:
    try:
        client.head_object(Bucket=bucket, Key=key)
    except ClientError as exc:
        if code_of(exc) in ABSENT:
            return False
        raise
    return True


def _is_data(relative: str) -> bool:
    """Tell data from what tools leave beside it, such as ``_SUCCESS`` or ``.crc`` files."""
    hidden = any(part.startswith((".", "_")) for part in relative.split("/"))
    return not hidden and relative.lower().endswith(SUFFIXES)


def _some(address: str, files: list[SourceFile]) -> list[SourceFile]:
    if not files:
        raise DataError(f'no data in "{address}", expected files that end in {", ".join(SUFFIXES)}')
    return files
