"""AWS list prices in US dollars: the one place that holds any.

Region us-east-1, first price tier, without the free tier, as listed in November 2026 on the pages
named beside them. Other regions cost up to a third more; look there before you rely on a sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# https://aws.amazon.com/lambda/pricing/
LAMBDA_GB_SECOND: Final = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
LAMBDA_REQUEST: Final = 0.20 / 1e6

VCPU_MB: Final = 1769
"""Memory buys processor time, of one vCPU with so much.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

# https://aws.amazon.com/api-gateway/pricing/ (HTTP APIs)
HTTP_API_REQUEST: Final = 1.00 / 1e6

# https://aws.amazon.com/s3/pricing/ (Standard)
S3_GB_MONTH: Final = 0.023
S3_WRITE: Final = 0.005 / 1e3
"""PUT, COPY, POST and LIST, so each part of a multipart upload too."""
S3_READ: Final = 0.0004 / 1e3
"""GET and HEAD."""

# https://aws.amazon.com/sqs/pricing/ (standard queues)
SQS_REQUEST: Final = 0.40 / 1e6

# https://aws.amazon.com/cloudwatch/pricing/
LOGS_GB: Final = 0.50
LOGS_GB_MONTH: Final = 0.03
METRIC_MONTH: Final = 0.30
ALARM_METRIC_MONTH: Final = 0.10
"""For each metric that an alarm watches, at standard resolution."""
DASHBOARD_MONTH: Final = 3.00

# https://aws.amazon.com/step-functions/pricing/
STANDARD_TRANSITION: Final = 0.025 / 1e3


def compute(memory_mb: int, seconds: float, architecture: str = "arm64") -> float:
    """The price of a function's time.

    Examples
    --------
    >>> f"{compute(1024, 1.0):.10f}"
    '0.0000133334'
    """
    return memory_mb / 1024 * seconds * LAMBDA_GB_SECOND[architecture]


def s3(requests: Mapping[str, int]) -> float:
    """The price of requests, counted by HTTP method; DELETE is free.

    Examples
    --------
    >>> f"{s3({'GET': 2, 'POST': 1, 'DELETE': 1}):.7f}"
    '0.0000058'
    """
    by_method = {"GET": S3_READ, "HEAD": S3_READ, "PUT": S3_WRITE, "POST": S3_WRITE}
    return sum(by_method.get(method, 0.0) * number for method, number in requests.items())
