"""Clients of AWS as `boto3.client` gives them, without boto3.

Importing boto3 takes longer at a cold start than all of our own code; botocore makes the clients.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.loaders import Loader

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def s3_client(config: Config) -> S3Client:
    """Make a client of S3, with the account and region of the environment."""
    return cast("S3Client", _session().create_client("s3", config=config))


def sqs_client() -> SQSClient:
    """Make a client of SQS, with the account and region of the environment."""
    return cast("SQSClient", _session().create_client("sqs"))


def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _loader())
    return session


@cache
def _loader() -> Loader:
    """Read what botocore knows of AWS's services once, not for every client."""
    return Loader()
