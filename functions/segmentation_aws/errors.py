"""What a botocore error means for the caller: one table for the whole system.

Codes are those of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. Whatever
is not known to be final is transient: a wrong retry costs a moment, a wrong refusal an upload.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from segmentation.errors import StoreConflict, TransientError

ABSENT = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
LOST = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchUpload"})


def code_of(error: ClientError) -> str:
    """Give the error code that S3 answered."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn botocore's errors into ours.

    Parameters
    ----------
    what
        The operation and the object, for the message.

    Raises
    ------
    StoreConflict
        A conditional request lost.
    TransientError
        Anything else that S3 or the network answered.
    """
    try:
        yield
    except ClientError as exc:
        if code_of(exc) in LOST:
            raise StoreConflict(f"{what}: another object is there") from exc
        raise TransientError(f"{what}: {code_of(exc)}") from exc
    except BotoCoreError as exc:
        raise TransientError(f"{what}: {type(exc).__name__}") from exc
