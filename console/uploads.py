"""The uploads bucket: where the console drops a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from console.errors import UploadExists
from segmentation.errors import StoreConflict
from segmentation_aws.errors import ABSENT, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was dropped.

    Parameters
    ----------
    key
        Its name in the bucket.
    version_id
        Which of the files under that name it is.
    """

    key: str
    version_id: str


class Uploads:
    """Drops files.

    Parameters
    ----------
    s3
        A boto3 S3 client.
    bucket
        The uploads bucket.
    """

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def exists(self, key: str) -> bool:
        """Tell whether there is an upload of this name.

        Raises
        ------
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"look at s3://{self.bucket}"):
            try:
                self._s3.head_object(Bucket=self.bucket, Key=key)
            except ClientError as exc:
                if code_of(exc) in ABSENT:
                    return False
                raise
            return True

    def drop(self, key: str, file: IO[bytes], *, replace: bool) -> Sent:
        """Put a file into the bucket; the notification to the score function follows by itself.

        Parameters
        ----------
        key
            Its name there.
        file
            The content, which can be read from its start again.
        replace
            Whether an upload of this name, and with it its results, may be replaced.

        Raises
        ------
        UploadExists
            There is one of this name, and it may not be replaced.
        TransientError
            S3 did not answer, or refused.
        """
        with translated(f"put s3://{self.bucket}"):
            try:
                answer = (
                    self._s3.put_object(Bucket=self.bucket, Key=key, Body=file)
                    if replace
                    else self._s3.put_object(
                        Bucket=self.bucket, Key=key, Body=file, IfNoneMatch="*"
                    )
                )
            except ClientError as exc:
                if code_of(exc) in {"PreconditionFailed", "412"}:
                    raise UploadExists(f'There is an upload named "{key}" already.') from exc
                raise
            return Sent(key, answer.get("VersionId", ""))

    def free_name(self, name: str) -> str:
        """Give a name that no upload has yet: ``customers.csv``, ``customers (2).csv``.

        Raises
        ------
        StoreConflict
            All the names that were tried are taken.
        TransientError
            S3 did not answer, or refused.
        """
        path = PurePosixPath(name)
        suffixes = "".join(path.suffixes)
        stem = name.removesuffix(suffixes)
        for number in range(1, 100):
            tried = name if number == 1 else f"{stem} ({number}){suffixes}"
            if not self.exists(tried):
                return tried
        raise StoreConflict(f'there are too many uploads named "{name}": choose another name')
