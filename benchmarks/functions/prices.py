"""What is measured, in the dollars of `benchmarks.cost.prices`.

Not in here: storage, logs, data that leaves AWS, and SQS (40 cents for a million messages, of which
an upload takes a handful); `benchmarks.cost.monthly` has the whole of a month.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.cost import prices as listed

GB_SECOND = listed.LAMBDA_GB_SECOND
INVOCATION = listed.LAMBDA_REQUEST
HTTP_API_REQUEST = listed.HTTP_API_REQUEST

S3_REQUEST = {
    "GET": listed.S3_READ,
    "HEAD": listed.S3_READ,
    "PUT": listed.S3_WRITE,
    "POST": listed.S3_WRITE,
}
"""By HTTP method; DELETE is free."""


def compute(memory_mb: int, seconds: float, architecture: str) -> float:
    """Give the price of a function's time.

    Examples
    --------
    >>> f"{compute(1024, 1.0, 'arm64'):.10f}"
    '0.0000133334'
    """
    return memory_mb / 1024 * seconds * GB_SECOND[architecture]


def s3(requests: Mapping[str, int]) -> float:
    """Give the price of requests, counted by HTTP method."""
    return sum(S3_REQUEST.get(method, 0.0) * number for method, number in requests.items())
