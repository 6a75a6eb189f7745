"""AWS list prices in US dollars: the one place that holds any.

Region us-east-1, first price tier, without the free tier, as listed in November 2026 on the pages
named beside them. Other regions cost up to a third more; look there before you rely on a sum.
"""

from __future__ import annotations

from typing import Final

REGION: Final = "us-east-1"
LISTED: Final = "November 2026"

# https://aws.amazon.com/lambda/pricing/
LAMBDA_GB_SECOND: Final = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
LAMBDA_REQUEST: Final = 0.20 / 1e6

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
EXPRESS_REQUEST: Final = 1.00 / 1e6
EXPRESS_GB_SECOND: Final = 0.00001667

# https://aws.amazon.com/athena/pricing/
ATHENA_TB: Final = 5.00

# https://aws.amazon.com/kms/pricing/
KMS_KEY_MONTH: Final = 1.00
KMS_REQUEST: Final = 0.03 / 1e4
