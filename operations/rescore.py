"""Runs of the state machine that scores uploads again: started, watched, begun again."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from botocore.exceptions import ClientError

from operations.errors import OperationRefused
from segmentation_aws.errors import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

POLL_SECONDS = 2.0
NO_STATE_MACHINE = frozenset({"StateMachineDoesNotExist", "InvalidArn"})
SHOWN_FAILURES = 20
LARGEST_READ = 32 << 20
"""Bytes of a result file that is read for its failures; a larger one is named only."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do: the input of the state machine.

    Parameters
    ----------
    prefix
        The beginning of the keys.
    model_version
        Who is to score; None where whichever version scored is right.
    requested_at
        When it was asked for, ISO 8601: an upload goes by the latest request.
    listing
        Key in the results bucket of the chosen uploads; None for all under the prefix.
    """

    prefix: str
    model_version: str | None
    requested_at: str
    listing: str | None = None

    @classmethod
    def now(cls, prefix: str, model_version: str | None) -> Self:
        """Ask for it now."""
        return cls(prefix, model_version, datetime.now(UTC).isoformat(timespec="microseconds"))


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a run is, in uploads.

    Parameters
    ----------
    total
        All that were read from the bucket or the list so far.
    succeeded
        Those whose outputs are right now.
    failed
        Those that were given up after all tries, for one reason or another.
    left
        Those that wait, are under way or were never begun.
    """

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands.

    Parameters
    ----------
    arn
        Its execution.
    status
        RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
    counts
        How far it is.
    cause
        Why it failed, in Step Functions' words.
    manifest
        Key in the results bucket of the list of result files; empty before the end.
    """

    arn: str
    status: str
    counts: Counts = Counts()
    cause: str = ""
    manifest: str = ""

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.rpartition(":")[2]

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.status == "RUNNING"


@dataclass(frozen=True, slots=True)
class Failure:
    """An upload that a run gave up."""

    key: str
    error: str
    cause: str


class StateMachine:
    """The state machine that scores uploads again.

    Parameters
    ----------
    client
        A boto3 Step Functions client.
    arn
        The state machine.
    """

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self.arn = arn

    def running(self) -> str | None:
        """Give the name of a run that goes on; None where none does.

        Raises
        ------
        OperationRefused
            There is no such state machine.
        TransientError
            Step Functions did not answer, or refused.
        """
        with self._asking("list the runs of"):
            answer = self._client.list_executions(stateMachineArn=self.arn, statusFilter="RUNNING")
        return next((one["name"] for one in answer["executions"]), None)

    def last(self) -> Request | None:
        """Give what the last run was asked to do; None where there was none.

        Raises
        ------
        OperationRefused, TransientError
            See `running`.
        """
        with self._asking("list the runs of"):
            runs = self._client.list_executions(stateMachineArn=self.arn)["executions"]
            if not runs:
                return None
            last = max(runs, key=lambda one: one["startDate"])
            described = self._client.describe_execution(executionArn=last["executionArn"])
        try:
            return Request(**json.loads(described["input"]))
        except (ValueError, TypeError) as exc:
            raise OperationRefused(
                f"the last run, {last['name']}, was not started by this command"
            ) from exc

    def start(self, request: Request) -> str:
        """Start a run; give its execution.

        Raises
        ------
        OperationRefused, TransientError
            See `running`.
        """
        name = f"rescore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
        with self._asking("start"):
            arn: str = self._client.start_execution(
                stateMachineArn=self.arn, name=name, input=json.dumps(asdict(request))
            )["executionArn"]
        return arn

    def watch(self, execution: str) -> Iterator[Run]:
        """Give a run as it stands, now and then until it has ended.

        Raises
        ------
        OperationRefused, TransientError
            See `running`.
        """
        while (now := self._look(execution)).is_running:
            yield now
            time.sleep(POLL_SECONDS)
        yield now

    def _look(self, execution: str) -> Run:
        with self._asking("watch a run of"):
            # This first: counts that are read after the end are the last ones.
            described = self._client.describe_execution(executionArn=execution)
            maps = self._client.list_map_runs(executionArn=execution)["mapRuns"]
            counts = Counts()
            for one in maps:
                found = self._client.describe_map_run(mapRunArn=one["mapRunArn"])["itemCounts"]
                counts = _counts(found)
        return Run(
            execution,
            described["status"],
            counts,
            described.get("cause", ""),
            _manifest(described.get("output") or "{}"),
        )

    @contextlib.contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        with translated(f"{what} {self.arn}"):
            try:
                yield
            except ClientError as exc:
                if code_of(exc) in NO_STATE_MACHINE:
                    raise OperationRefused(f"there is no state machine {self.arn}") from exc
                raise


def _manifest(output: str) -> str:
    match json.loads(output):
        case {"ResultWriterDetails": {"Key": str(key)}}:
            return key
    return ""


def _counts(found: dict[str, int]) -> Counts:
    ended = {name: found[name] for name in ("succeeded", "failed", "timedOut")}
    return Counts(
        total=found["total"],
        succeeded=ended["succeeded"],
        failed=ended["failed"] + ended["timedOut"],
        left=found["total"] - sum(ended.values()),
    )


def write_listing(s3: S3Client, bucket: str, request: Request, keys: Iterable[str]) -> str:
    """Write the chosen uploads where the state machine reads them; give the list's key.

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    # JSON, because a key may hold whatever would end a field of a CSV.
    key = f"rescore/chosen/{request.requested_at}-{uuid4().hex[:8]}.json"
    body = json.dumps([{"Key": one} for one in keys]).encode()
    with translated(f"write s3://{bucket}/{key}"):
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    return key


def failures(s3: S3Client, bucket: str, manifest: str) -> list[Failure]:
    """Give some of the uploads that a run gave up, from its result files.

    The files' format: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html

    Raises
    ------
    TransientError
        S3 did not answer, or refused.
    """
    with translated(f"read s3://{bucket}/{manifest}"):
        listed = json.loads(s3.get_object(Bucket=bucket, Key=manifest)["Body"].read())
        files = [one for one in listed["ResultFiles"]["FAILED"] if one["Size"] <= LARGEST_READ]
        found: list[Failure] = []
        for file in files[:1]:
            children = json.loads(s3.get_object(Bucket=bucket, Key=file["Key"])["Body"].read())
            found += [_failure(child) for child in children[:SHOWN_FAILURES]]
    return found


def _failure(child: dict[str, str]) -> Failure:
    cause = child.get("Cause", "")
    with contextlib.suppress(ValueError, TypeError, KeyError):
        cause = json.loads(cause)["errorMessage"]  # as Lambda tells of a function's error
    return Failure(json.loads(child["Input"])["key"], child.get("Error", ""), cause)
