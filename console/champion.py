"""Whether the user's credentials may move the champion, found out without moving it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from segmentation.registry import CHAMPION_KEY
from segmentation_aws.errors import ABSENT, code_of
from segmentation_aws.registry import S3_SCHEME, split_s3_address

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

IMPOSSIBLE = '"00000000000000000000000000000000"'
"""An ETag that no alias has."""


def may_move_champion(s3: S3Client, registry: str) -> bool:
    """Tell whether a promotion would be let through.

    S3 judges permissions before conditions, so a write that can meet no condition says which of
    both stands in its way, and changes nothing. It carries what stands there, so that even a server
    that ignores conditions would change nothing. Where there is no champion yet, or the answer is
    another, the promotion itself will tell.

    Parameters
    ----------
    s3
        A client with the user's credentials.
    registry
        The registry's address.
    """
    if not registry.startswith(S3_SCHEME):
        return os.access(Path(registry), os.W_OK)
    bucket, rest = split_s3_address(registry)
    key = "/".join(part for part in (rest.strip("/"), CHAMPION_KEY) if part)
    try:
        stands = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=stands, IfMatch=IMPOSSIBLE)
    except ClientError as exc:
        return code_of(exc) in {*ABSENT, "PreconditionFailed", "412"}
    except BotoCoreError:
        return False
    return True
