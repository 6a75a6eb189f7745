"""AWS as a role meets it: what it was not granted is refused, as S3 and SQS refuse it.

moto checks no permissions, so calls are looked at before they leave the client.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

Grant = tuple[str, str]

_S3_ACTIONS = {
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "ListObjectsV2": "s3:ListBucket",
}
"""What each call needs (Service Authorization Reference, "Actions for Amazon S3")."""

_READS = {"HeadObject", "GetObject"}


@dataclass
class Role:
    """Lets through what was granted, and keeps account.

    Parameters
    ----------
    grants
        Pairs of action and resource, as the template gives them.
    exists
        Tells whether a bucket holds a key.
    queue
        The ARN of the queue, as in the grants.
    used, denied
        Grants that a call rested on, and those that one lacked.
    """

    grants: Set[Grant]
    exists: Callable[[str, str], bool]
    queue: str
    used: set[Grant] = field(default_factory=set)
    denied: set[Grant] = field(default_factory=set)

    def session(self) -> botocore.session.Session:
        """Make a session whose calls are those of the role."""
        session = botocore.session.Session()
        register: Any = session.register  # its stubs know no handler that answers in AWS's place
        register("before-parameter-build.*.*", self._remember)
        register("before-call.*.*", self._decide)
        return session

    def _remember(self, params: Any, context: Any, **_: object) -> None:
        context["parameters"] = params

    def _decide(self, model: Any, context: Any, **_: object) -> tuple[AWSResponse, Any] | None:
        if all([self._has(grant) for grant in self._needed(model, context["parameters"])]):
            return None
        # An answer to HEAD has no body, and so no code but its status.
        code = "403" if model.name == "HeadObject" else "AccessDenied"
        error = {"Error": {"Code": code, "Message": "Forbidden"}}
        answer = AWSResponse("https://aws", 403, HTTPHeaders(), None)
        return answer, error | {"ResponseMetadata": {}}

    def _needed(self, model: Any, parameters: dict[str, Any]) -> list[Grant]:
        if model.service_model.service_name == "sqs":
            return [(f"sqs:{model.name}", self.queue)]
        bucket = f"arn:aws:s3:::{parameters['Bucket']}"
        action = _S3_ACTIONS[model.name]
        needed = [(action, bucket if action == "s3:ListBucket" else f"{bucket}/*")]
        if "IfMatch" in parameters and model.name not in _READS:
            needed.append(("s3:GetObject", f"{bucket}/*"))
        if model.name in _READS and not self.exists(parameters["Bucket"], parameters["Key"]):
            # Whoever may not list the keys is not told that one is missing.
            needed.append(("s3:ListBucket", bucket))
        return needed

    def _has(self, grant: Grant) -> bool:
        (self.used if grant in self.grants else self.denied).add(grant)
        return grant in self.grants
