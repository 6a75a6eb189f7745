"""Clients of AWS as `boto3.client` gives them, without boto3.

Importing boto3 takes longer at a cold start than all of our own code; botocore makes the clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import botocore.session

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def s3_client(config: Config) -> S3Client:
    """Make a client of S3, with the account and region of the environment."""
    return cast("S3Client", botocore.session.get_session().create_client("s3", config=config))


def sqs_client() -> SQSClient:
    """Make a client of SQS, with the account and region of the environment."""
    return cast("SQSClient", botocore.session.get_session().create_client("sqs"))
