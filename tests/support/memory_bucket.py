"""S3 in memory: conditional writes, pinned ranged reads, versions, multipart uploads.

`MemoryObjects` is the server, `MemoryBucket` the client: it makes the calls that `score.s3` makes,
in the same order, and each goes through one place where it can be watched, failed or repeated.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self

from engine.text import ByteSource
from score.objects import ObjectState
from segmentation.errors import StoreConflict

PART_BYTES = 8 << 20
"""Size of ranged reads and of multipart parts."""


class Call(NamedTuple):
    """One call to a bucket: a method of `MemoryObjects`, with its arguments after the key."""

    bucket: str
    operation: str
    key: str
    arguments: tuple[Any, ...] = ()


Around = Callable[[Call, Callable[[], Any]], Any]
"""Stands around every call: is told which, performs it (or not, or twice), gives its result."""


@dataclass
class MemoryObjects:
    """What a bucket holds.

    Parameters
    ----------
    versioned
        Whether overwritten objects stay, under ids of their own.
    objects
        The object that stands under each key now.
    versions
        The bytes of every object there ever was, by key and version id; empty without versions.
    unfinished
        Multipart uploads by id: the key, and the parts so far. Nobody sees them.
    """

    versioned: bool = True
    objects: dict[str, tuple[bytes, ObjectState]] = field(default_factory=dict)
    versions: dict[tuple[str, str], bytes] = field(default_factory=dict)
    unfinished: dict[str, tuple[str, dict[int, bytes]]] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)

    def copy(self) -> MemoryObjects:
        """Give objects that live on apart from these."""
        unfinished = {name: (key, dict(parts)) for name, (key, parts) in self.unfinished.items()}
        return MemoryObjects(
            self.versioned, dict(self.objects), dict(self.versions), unfinished, dict(self.writes)
        )

    def head(self, key: str) -> ObjectState | None:
        """Tell which object stands under a key."""
        found = self.objects.get(key)
        return found[1] if found else None

    def get(self, key: str) -> tuple[bytes, ObjectState] | None:
        """Give an object whole."""
        return self.objects.get(key)

    def read(self, key: str, etag: str, begin: int, end: int) -> bytes:
        """Give a range of the object with this ETag."""
        return self._expected(key, etag)[begin:end]

    def put(self, key: str, data: bytes, expected: str | None) -> ObjectState:
        """Write an object in place of the one with this ETag, or of none."""
        self._expected(key, expected)
        return self.overwrite(key, data)

    def create(self, key: str) -> str:
        """Begin a multipart upload."""
        name = f"{key}#{self._next(f'{key}#')}"
        self.unfinished[name] = (key, {})
        return name

    def part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Take a part; a part of the same number is replaced."""
        self._parts(key, upload_id)[number] = data
        return _md5(data)

    def complete(
        self, key: str, upload_id: str, parts: tuple[tuple[int, str], ...], expected: str | None
    ) -> ObjectState:
        """Let the object of a multipart upload appear, whole, under the same condition as `put`."""
        taken = self._parts(key, upload_id)
        pieces = [taken[number] for number, _ in parts]
        if [_md5(piece) for piece in pieces] != [etag for _, etag in parts]:
            raise ValueError(f"{key}: got parts that were not taken")
        self._expected(key, expected)
        del self.unfinished[upload_id]
        joined = _md5(b"".join(bytes.fromhex(_md5(piece)) for piece in pieces))
        return self._appear(key, b"".join(pieces), f'"{joined}-{len(parts)}"')

    def abort(self, key: str, upload_id: str) -> None:
        """Throw a multipart upload away."""
        self._parts(key, upload_id)
        del self.unfinished[upload_id]

    def overwrite(self, key: str, data: bytes) -> ObjectState:
        """Write an object whatever stands there, as a person does who drops a file."""
        return self._appear(key, data, f'"{_md5(data)}"')

    def delete(self, key: str) -> None:
        """Let nothing stand under a key; versions stay."""
        self.objects.pop(key, None)

    def _appear(self, key: str, data: bytes, etag: str) -> ObjectState:
        # A number of the key's own, so that an id does not depend on what else was written; the
        # ETag makes it stand for the bytes, too.
        version = f"{self._next(key)}-{etag[1:9]}" if self.versioned else None
        state = ObjectState(etag, version, len(data))
        self.objects[key] = (data, state)
        if version:
            self.versions[key, version] = data
        return state

    def _expected(self, key: str, etag: str | None) -> bytes:
        found = self.objects.get(key)
        if (found[1].etag if found else None) != etag:
            raise StoreConflict(f"{key}: another object is there")
        return found[0] if found else b""

    def _parts(self, key: str, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.unfinished:
            raise StoreConflict(f"{key}: the multipart upload is gone")
        return self.unfinished[upload_id][1]

    def _next(self, counted: str) -> int:
        self.writes[counted] = self.writes.get(counted, 0) + 1
        return self.writes[counted]


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class MemoryBucket:
    """A bucket in memory.

    Parameters
    ----------
    name
        What the bucket is called.
    server
        What it holds.
    around
        Stands around every call.
    part_bytes
        Size of ranged reads and of multipart parts; what is smaller is written by one call.
    """

    def __init__(
        self,
        name: str,
        server: MemoryObjects | None = None,
        around: Around = lambda _, perform: perform(),
        part_bytes: int = PART_BYTES,
    ) -> None:
        self.name = name
        self.server = MemoryObjects() if server is None else server
        self.part_bytes = part_bytes
        self._around = around

    @property
    def objects(self) -> dict[str, tuple[bytes, ObjectState]]:
        """The object that stands under each key now."""
        return self.server.objects

    def put(self, key: str, data: bytes) -> ObjectState:
        """Write an object whatever stands there, as a person does who drops a file."""
        return self.server.overwrite(key, data)

    def head(self, key: str) -> ObjectState | None:
        """Tell which object stands under a key."""
        state: ObjectState | None = self.call("head", key)
        return state

    def get(self, key: str) -> tuple[bytes, ObjectState] | None:
        """Give an object whole."""
        found: tuple[bytes, ObjectState] | None = self.call("get", key)
        return found

    def read(self, key: str, state: ObjectState) -> ByteSource:
        """Read exactly this object."""
        return _MemorySource(self, key, state)

    def writer(self, key: str, expected: str | None) -> MemoryWriter:
        """Write an object in place of the one with this ETag, or of none."""
        return MemoryWriter(self, key, expected)

    def call(self, operation: str, key: str, *arguments: Any) -> Any:
        """Make one call to the server."""
        return self._around(
            Call(self.name, operation, key, arguments),
            lambda: getattr(self.server, operation)(key, *arguments),
        )


class _MemorySource:
    """The bytes of one object, fetched in ranges when they are needed."""

    def __init__(self, bucket: MemoryBucket, key: str, state: ObjectState) -> None:
        self._ranges = self._fetch(bucket, key, state)
        self._held = b""

    def read(self, size: int, /) -> bytes:
        """Give exactly `size` bytes, fewer only at the end."""
        while len(self._held) < size and (piece := next(self._ranges, b"")):
            self._held += piece
        taken, self._held = self._held[:size], self._held[size:]
        return taken

    @staticmethod
    def _fetch(bucket: MemoryBucket, key: str, state: ObjectState) -> Iterator[bytes]:
        for begin in range(0, state.size, bucket.part_bytes):
            yield bucket.call("read", key, state.etag, begin, begin + bucket.part_bytes)


class MemoryWriter:
    """One conditional write: a single call if it is small, else a multipart upload."""

    def __init__(self, bucket: MemoryBucket, key: str, expected: str | None) -> None:
        self._bucket = bucket
        self._key = key
        self._expected = expected
        self._held = bytearray()
        self._upload_id: str | None = None
        self._parts: list[tuple[int, str]] = []

    def write(self, data: bytes, /) -> int:
        """Take bytes; full parts go out."""
        self._held += data
        size = self._bucket.part_bytes
        while len(self._held) >= size:
            self._send(bytes(self._held[:size]))
            del self._held[:size]
        return len(data)

    def commit(self) -> ObjectState:
        """Let the object appear, whole, if nobody else wrote there."""
        state: ObjectState
        if self._upload_id is None:
            state = self._bucket.call("put", self._key, bytes(self._held), self._expected)
        else:
            if self._held:
                self._send(bytes(self._held))
            state = self._bucket.call(
                "complete", self._key, self._upload_id, tuple(self._parts), self._expected
            )
            self._upload_id = None
        return state

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Abort what was not committed."""
        if self._upload_id is not None:
            with contextlib.suppress(Exception):
                self._bucket.call("abort", self._key, self._upload_id)

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            self._upload_id = self._bucket.call("create", self._key)
        number = len(self._parts) + 1
        etag = self._bucket.call("part", self._key, self._upload_id, number, part)
        self._parts.append((number, etag))
