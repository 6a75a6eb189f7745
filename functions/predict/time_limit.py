"""A store that is waited for a limited time only, whatever it does."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from segmentation.errors import TransientError
from segmentation.store import DocumentStore, Stored


class TimeLimitedStore:
    """Reads of another store, each given up after a while.

    The time limits of a client are for each attempt and each piece of an answer, so an answer that
    trickles in can take any time. A read that was given up goes on in its thread till it ends.

    Parameters
    ----------
    store
        The store that is read.
    seconds
        How long a read is waited for; may be changed at any time.
    """

    def __init__(self, store: DocumentStore, seconds: float) -> None:
        self._store = store
        self.seconds = seconds

    @property
    def address(self) -> str:
        """What people call the store."""
        return self._store.address

    def get(self, key: str) -> Stored | None:
        """Give the object, or None where there is none.

        Raises
        ------
        TransientError
            There was no answer in time, or what the store raises.
        """
        answer: Future[Stored | None] = Future()

        def read() -> None:
            try:
                answer.set_result(self._store.get(key))
            except Exception as exc:
                answer.set_exception(exc)

        threading.Thread(target=read, daemon=True, name=f"read {key}").start()
        try:
            return answer.result(self.seconds)
        except TimeoutError:
            late = f"get {self.address}{key}: no answer within {self.seconds:g} seconds"
            raise TransientError(late) from None

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        """Write the object, without a limit."""
        return self._store.put(key, data, expected=expected)

    def list(self, prefix: str) -> list[str]:
        """Give the keys that begin with the prefix, without a limit."""
        return self._store.list(prefix)
