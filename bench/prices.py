"""What AWS charges, in US dollars: US East (N. Virginia), first tier, without the free tier.

As of 2026-11-23, from

- https://aws.amazon.com/lambda/pricing/
- https://aws.amazon.com/s3/pricing/
- https://aws.amazon.com/api-gateway/pricing/

Other regions differ by some percent. Not in here: storage, logs, data that leaves AWS, and SQS (40
cents for a million messages, of which an upload takes a handful).
"""

from __future__ import annotations

from collections.abc import Mapping

GB_SECOND = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
INVOCATION = 0.20 / 1e6
HTTP_API_REQUEST = 1.00 / 1e6

S3_REQUEST = {"GET": 0.0004 / 1e3, "HEAD": 0.0004 / 1e3, "PUT": 0.005 / 1e3, "POST": 0.005 / 1e3}
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
