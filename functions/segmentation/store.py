"""Where documents live: a tiny interface with conditional writes, and its twin in a folder.

The semantics are those of S3 with ``If-Match`` and ``If-None-Match: *`` on PutObject
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segmentation.errors import RegistryError, StoreConflict


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's bytes and the tag that changes with them."""

    data: bytes
    etag: str


class DocumentStore(Protocol):
    """A flat space of small objects under ``/``-separated keys."""

    @property
    def address(self) -> str:
        """What people call the store, for messages."""

    def get(self, key: str) -> Stored | None:
        """Give the object, or None where there is none."""

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        """Write the object if it is still the one with the tag `expected`, or still absent if None.

        Returns the new tag. A write that meets its own equal bytes has succeeded.

        Raises
        ------
        StoreConflict
            There is another object.
        """

    def list(self, prefix: str) -> list[str]:
        """Give the keys that begin with the prefix, in lexical order."""


def etag_of(data: bytes) -> str:
    """Give the tag of an object: quoted like an HTTP entity tag, equal for equal bytes."""
    return f'"{hashlib.sha256(data).hexdigest()}"'


def check_expected(key: str, found: Stored | None, data: bytes, expected: str | None) -> None:
    """Refuse a write whose condition does not hold.

    Raises
    ------
    StoreConflict
        What was found is neither what the writer expected nor what it writes.
    """
    etag = None if found is None else found.etag
    if etag != expected and etag != etag_of(data):
        raise StoreConflict(f"{key}: got another object, expected {expected or 'none'}")


class FolderStore:
    """Objects as files below a folder; writes are atomic and exclude each other by a lock file.

    Parameters
    ----------
    root
        The folder; it is made by the first write.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self._root)

    def get(self, key: str) -> Stored | None:
        """Give the file's bytes, or None where there is none.

        Raises
        ------
        RegistryError
            The file cannot be read.
        """
        try:
            data = (self._root / key).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as exc:
            raise RegistryError(f"{self._root / key}: cannot be read: {exc.strerror}") from exc
        return Stored(data, etag_of(data))

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        """Write the file if nobody else did.

        Raises
        ------
        RegistryError
            The folder cannot be written.
        """
        path = self._root / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                check_expected(key, self.get(key), data, expected)
                _replace(path, data)
        except OSError as exc:
            raise RegistryError(f"{path}: cannot be written: {exc.strerror}") from exc
        return etag_of(data)

    def list(self, prefix: str) -> list[str]:
        """Give the files whose path below the folder begins with the prefix."""
        keys = (
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        return sorted(key for key in keys if key.startswith(prefix))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _replace(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
