"""A store that is waited for a limited time only."""

from __future__ import annotations

import threading

import pytest

from predict.time_limit import TimeLimitedStore
from segmentation.errors import StoreConflict, TransientError
from segmentation.store import Stored
from tests.support.memory_store import MemoryStore


class Silent(MemoryStore):
    """A store that answers when it is let."""

    def __init__(self) -> None:
        super().__init__(objects={"key": b"data"})
        self.let = threading.Event()

    def get(self, key: str) -> Stored | None:
        self.let.wait()
        return super().get(key)


def test_an_answer_in_time_is_handed_on() -> None:
    store = TimeLimitedStore(MemoryStore(objects={"key": b"data"}), 5)

    found = store.get("key")

    assert found is not None
    assert found.data == b"data"
    assert store.get("other") is None


def test_an_answer_that_takes_too_long_is_transient_trouble_that_names_store_and_key() -> None:
    silent = Silent()
    store = TimeLimitedStore(silent, 0.01)

    with pytest.raises(TransientError, match=r"^get memorykey: no answer within 0\.01 seconds$"):
        store.get("key")

    silent.let.set()
    store.seconds = 5
    assert store.get("key") is not None


def test_an_error_of_the_store_is_raised_as_it_is() -> None:
    class Broken(MemoryStore):
        def get(self, key: str) -> Stored | None:
            raise StoreConflict("the object is gone")

    with pytest.raises(StoreConflict, match="the object is gone"):
        TimeLimitedStore(Broken(), 5).get("key")


def test_what_is_written_stands_in_the_store() -> None:
    inner = MemoryStore()
    store = TimeLimitedStore(inner, 5)

    etag = store.put("a/key", b"data", expected=None)

    assert inner.objects == {"a/key": b"data"}
    assert (store.list("a/"), store.address) == (["a/key"], inner.address)
    assert store.put("a/key", b"other", expected=etag) != etag
