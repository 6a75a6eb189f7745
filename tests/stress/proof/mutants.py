"""Deliveries with a fault in them, to see that the check of schedules finds it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import score.delivery
from engine.text import ByteSource
from score.objects import ObjectState
from tests.support.memory_bucket import MemoryBucket, MemoryWriter


def deliver_blindly(
    key: str, uploads: MemoryBucket, results: MemoryBucket, load: Callable[..., Any], **options: Any
) -> object:
    """Deliver with writes that expect nothing."""
    return score.delivery.deliver(key, uploads, _Blind(results), load, **options)


class _Blind:
    def __init__(self, bucket: MemoryBucket) -> None:
        self.name = bucket.name
        self.get = bucket.get
        self.head = bucket.head
        self.read = bucket.read
        self._bucket = bucket

    def writer(self, key: str, _expected: str | None) -> MemoryWriter:
        return _BlindWriter(self._bucket, key, None)


class _BlindWriter(MemoryWriter):
    def commit(self) -> ObjectState:
        state: ObjectState = self._bucket.call("overwrite", self._key, bytes(self._held))
        return state


def deliver_in_order_of_arrival(
    key: str, uploads: MemoryBucket, results: MemoryBucket, load: Callable[..., Any], **options: Any
) -> object:
    """Deliver by the request that is heard last, whenever it was made."""
    options["requested_at"] = ""
    return score.delivery.deliver(key, uploads, results, load, **options)


def deliver_reading_first(
    key: str, uploads: MemoryBucket, results: MemoryBucket, load: Callable[..., Any], **options: Any
) -> object:
    """Deliver what was read before the look at the outputs."""
    early = _Early(key, uploads, results)
    return score.delivery.deliver(key, early, early.results, load, **options)


class _Early:
    """The uploads bucket as it was when the delivery looked for the report."""

    def __init__(self, key: str, uploads: MemoryBucket, results: MemoryBucket) -> None:
        self.name = uploads.name
        self.writer = uploads.writer
        self.get = uploads.get
        self.results = MemoryBucket(results.name, results.server, results._around)
        self.results.get = self._read_first  # type: ignore[method-assign]
        self._key = key
        self._uploads = uploads
        self._get_report = results.get
        self._state: ObjectState | None = None
        self._data = b""

    def _read_first(self, key: str) -> tuple[bytes, ObjectState] | None:
        self._state = self._uploads.head(self._key)
        if self._state is not None:
            self._data = self._uploads.read(self._key, self._state).read(self._state.size)
        return self._get_report(key)

    def head(self, _key: str) -> ObjectState | None:
        return self._state

    def read(self, _key: str, _state: ObjectState) -> ByteSource:
        return io.BytesIO(self._data)
