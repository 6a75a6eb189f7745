"""A bucket in memory with the conditional semantics of S3, versions included."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from types import TracebackType
from typing import Self

from score.objects import ObjectState
from score.text import ByteSource
from segmentation.errors import StoreConflict


class MemoryBucket:
    """Objects in a dictionary.

    Parameters
    ----------
    name
        What the bucket is called.
    on_call
        Told every call before it takes effect, as ``(operation, key)``.
    """

    def __init__(self, name: str, on_call: Callable[[str, str], None] = lambda *_: None) -> None:
        self.name = name
        self.objects: dict[str, tuple[bytes, ObjectState]] = {}
        self._on_call = on_call
        self._writes = 0

    def head(self, key: str) -> ObjectState | None:
        """Tell which object stands under a key."""
        self._on_call("head", key)
        found = self.objects.get(key)
        return found[1] if found else None

    def get(self, key: str) -> tuple[bytes, ObjectState] | None:
        """Give an object whole."""
        self._on_call("get", key)
        return self.objects.get(key)

    def read(self, key: str, state: ObjectState) -> ByteSource:
        """Read exactly this object."""
        self._on_call("read", key)
        found = self.objects.get(key)
        if found is None or found[1].etag != state.etag:
            raise StoreConflict(f"{key}: another object is there")
        return io.BytesIO(found[0])

    def writer(self, key: str, expected: str | None) -> MemoryWriter:
        """Write an object in place of the one with this ETag, or of none."""
        return MemoryWriter(self, key, expected)

    def put(self, key: str, data: bytes) -> ObjectState:
        """Write an object whatever stands there, as a person does who drops a file."""
        self._writes += 1
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        state = ObjectState(etag, f"version-{self._writes}", len(data))
        self.objects[key] = (data, state)
        return state

    def put_expecting(self, key: str, data: bytes, expected: str | None) -> ObjectState:
        """Write an object if the one with this ETag, or none, still stands there."""
        self._on_call("put", key)
        found = self.objects.get(key)
        if (found[1].etag if found else None) != expected:
            raise StoreConflict(f"{key}: another object is there")
        return self.put(key, data)


class MemoryWriter:
    """Collects an object and puts it on commit."""

    def __init__(self, bucket: MemoryBucket, key: str, expected: str | None) -> None:
        self._bucket = bucket
        self._key = key
        self._expected = expected
        self._data = io.BytesIO()

    def write(self, data: bytes, /) -> int:
        """Take bytes."""
        return self._data.write(data)

    def commit(self) -> ObjectState:
        """Put the object if nobody else did."""
        return self._bucket.put_expecting(self._key, self._data.getvalue(), self._expected)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Throw away what was not committed: nothing to do."""
