"""A running stack for tests, and ways to wait for what happens in it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from infra.local import LocalStack
from infra.local.poller import Delivery

T = TypeVar("T")


class Playground:
    """A running stack, and what it told about its deliveries."""

    def __init__(self, stack: LocalStack, deliveries: list[Delivery]) -> None:
        self.stack = stack
        self.deliveries = deliveries

    def drop(self, key: str, body: bytes = b"a,b\n1,2\n") -> None:
        self.stack.client("s3").put_object(Bucket=self.stack.uploads_bucket, Key=key, Body=body)

    def kept(self, key: str) -> dict[str, Any]:
        """What the stand-in kept when it got the event of this upload."""
        return self.result(f"reports/{key}.json")

    def result(self, key: str) -> dict[str, Any]:
        s3 = self.stack.client("s3")

        def found() -> dict[str, Any] | None:
            try:
                body = s3.get_object(Bucket=self.stack.results_bucket, Key=key)["Body"].read()
            except s3.exceptions.NoSuchKey:
                return None
            result: dict[str, Any] = json.loads(body)
            return result

        return eventually(found)

    def delivery_of(self, key: str, attempt: int = 1) -> Delivery:
        def found() -> Delivery | None:
            for delivery in self.deliveries:
                if f'"{key}"' in delivery.body and delivery.attempt == attempt:
                    return delivery
            return None

        return eventually(found)


def eventually(look: Callable[[], T | None], seconds: float = 60.0) -> T:
    """Look again and again until there is something."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)
    return found
