"""The objects that delivery works with: a bucket with conditional writes and pinned reads.

`score.s3` is the real one, `tests.support.memory_bucket` its twin in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from engine.text import ByteSource


@dataclass(frozen=True, slots=True)
class ObjectState:
    """Which object stands under a key.

    Parameters
    ----------
    etag
        Changes with the bytes.
    version_id
        Changes with every write; None in a bucket without versions.
    size
        Bytes.
    crc32
        Checksum of all bytes, base64 of the big-endian number, where the store knows one.
    """

    etag: str
    version_id: str | None
    size: int
    crc32: str | None = field(default=None, compare=False)


class ObjectWriter(Protocol):
    """A conditional write: nothing is visible before `commit`, and nothing stays without it."""

    def write(self, data: bytes, /) -> object:
        """Take bytes."""

    def commit(self) -> ObjectState:
        """Let the object appear, whole.

        Raises
        ------
        StoreConflict
            Another object stands there than the writer expected.
        TransientError
            The store did not answer, or refused.
        """

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Throw away what was not committed."""


class Bucket(Protocol):
    """A bucket of objects."""

    @property
    def name(self) -> str:
        """What the bucket is called."""

    def head(self, key: str) -> ObjectState | None:
        """Tell which object stands under a key, None if there is none."""

    def get(self, key: str) -> tuple[bytes, ObjectState] | None:
        """Give a small object whole, None if there is none."""

    def read(self, key: str, state: ObjectState) -> ByteSource:
        """Read exactly this object.

        Its ``read`` raises `StoreConflict` once another object, or none, stands there.
        """

    def writer(self, key: str, expected: str | None) -> ObjectWriter:
        """Write an object in place of the one with this ETag, or of none."""
