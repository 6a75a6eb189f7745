"""Sessions of the AWS SDK that are deaf to the user's own AWS settings."""

from __future__ import annotations

import os

import boto3
import botocore.session

# moto accepts any; these can open nothing real.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SESSION_TOKEN": "local",
}


def local_session(region: str) -> boto3.Session:
    """A session with made-up credentials, whatever profiles and files the user has."""
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    core.set_credentials(*CREDENTIALS.values())
    return boto3.Session(botocore_session=core, region_name=region)
