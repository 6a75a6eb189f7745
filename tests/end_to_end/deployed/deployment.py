"""The system as its users meet it: deployed by the SAM CLI, used by the AWS CLI and over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.lambda_emulator.packages import ROOT, SAM
from infra.local.session import local_session
from tests.end_to_end.deployed.ministack import REGION, Ministack

STACK = "segmentation-e2e"
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 120.0


class Deployment:
    """The stack in the emulator, by the commands that a user would type.

    Parameters
    ----------
    aws
        The emulator.
    template
        The built template.
    architecture
        What it was built for.

    Attributes
    ----------
    outputs
        Those of the stack, after `deploy`.
    """

    def __init__(self, aws: Ministack, template: Path, architecture: str) -> None:
        self._aws = aws
        self._template = template
        self._architecture = architecture
        self._session: Any = local_session(REGION)
        self.outputs: dict[str, str] = {}

    def deploy(self, **parameters: str) -> None:
        """``sam deploy`` with these parameters."""
        given = {"Architecture": self._architecture, "EndpointUrl": self._aws.url, **parameters}
        self._run(
            *(SAM, "deploy", "--template-file", self._template, "--stack-name", STACK),
            *("--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"),
            *("--parameter-overrides", *(f"{name}={value}" for name, value in given.items())),
        )
        # A number that CloudFormation passes as text (see ministack.py); in AWS it is one.
        functions = self.client("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            limit = int(source["ScalingConfig"]["MaximumConcurrency"])
            functions.update_event_source_mapping(
                UUID=source["UUID"], ScalingConfig={"MaximumConcurrency": limit}
            )
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def delete(self) -> None:
        """``sam delete``."""
        self._run(SAM, "delete", "--stack-name", STACK, "--no-prompts", "--region", REGION)

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator."""
        return self._session.client(service, endpoint_url=self._aws.url)

    def segment(self, *command: str) -> str:
        """Run ``segment``; give what it printed for programs."""
        return self._run(BIN / "segment", *command)

    def rescore(self, **asked: Any) -> dict[str, Any]:
        """Start the state machine without the command; give the run at its end, with its counts."""
        steps = self.client("stepfunctions")
        execution = steps.start_execution(
            stateMachineArn=self.outputs["RescoreStateMachineArn"],
            input=json.dumps({"requested_at": "2026-11-23T10:00:00Z", "listing": None, **asked}),
        )["executionArn"]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            run: dict[str, Any] = steps.describe_execution(executionArn=execution)
            if run["status"] != "RUNNING":
                (found,) = steps.list_map_runs(executionArn=execution)["mapRuns"]
                of_map = steps.describe_map_run(mapRunArn=found["mapRunArn"])
                return {**run, **of_map["itemCounts"]}
            time.sleep(0.5)
        raise AssertionError(f"the run does not end; the emulator's log:\n{self._aws.log}")

    def drop(self, path: Path, key: str) -> None:
        """``aws s3 cp`` of a file into the uploads bucket."""
        address = f"s3://{self.outputs['UploadsBucketName']}/{key}"
        self._run(BIN / "aws", "--endpoint-url", self._aws.url, "s3", "cp", path, address)

    def result(self, key: str) -> bytes:
        """Wait for an object in the results bucket."""
        s3 = self.client("s3")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(s3.exceptions.NoSuchKey):
                answer = s3.get_object(Bucket=self.outputs["ResultsBucketName"], Key=key)
                data: bytes = answer["Body"].read()
                return data
            time.sleep(0.5)
        raise AssertionError(f"no {key}; the emulator's log:\n{self._aws.log}")

    def report(self, key: str) -> dict[str, Any]:
        """Wait for the report of an upload."""
        report: dict[str, Any] = json.loads(self.result(f"reports/{key}.json"))
        return report

    def request(
        self, method: str, path: str, body: Any = None, *, signed: bool = True
    ) -> tuple[int, Any]:
        """Ask the HTTP API; give status and body."""
        api_id = urlsplit(self.outputs["ApiUrl"]).netloc.partition(".")[0]
        url = f"{self._aws.url}/_aws/execute-api/{api_id}{path}"
        data = b"" if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, {"Content-Type": "application/json"}, data)
        if signed:
            SigV4Auth(Credentials("local", "local"), "execute-api", REGION).add_auth(request)
        target = urlsplit(url)
        connection = http.client.HTTPConnection(target.netloc, timeout=60)
        try:
            connection.request(method, target.path, data, dict(request.headers))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def _run(self, *command: str | Path) -> str:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self._aws.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{self._aws.log}"
        return done.stdout
