"""What the measured functions meet: their packages, an S3 with a trained champion, and events."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchmarks.cost.prices import VCPU_MB
from benchmarks.functions import artefacts
from benchmarks.functions.s3 import LoopbackS3, loopback_s3
from benchmarks.report import Goal
from infra.lambda_emulator.emulator import Emulator, Function
from infra.lambda_emulator.packages import ROOT

HANDLERS = {
    "predict": "predict.handler.lambda_handler",
    "score": "score.handler.lambda_handler",
    "pandas": "pandas_joblib.lambda_handler",
}
Measured = tuple[list[str], list[Goal], object]
"""Tables for people, promises, and all that was measured."""

EVENTS = ROOT / "tests" / "events"
UPLOADS, RESULTS, MODELS = "uploads", "results", "models"
VERSION, K, CUSTOMERS = "v1", 6, 2_000
TIMEOUT_SECONDS = 900
CUSTOMER = {
    "Gender": "Female",
    "Age": 31,
    "Annual Income (k$)": 72,
    "Spending Score (1-100)": 64,
}


@dataclass(frozen=True, slots=True)
class World:
    """All that the functions meet.

    Parameters
    ----------
    folder
        Where the packages and the model are.
    s3
        Where they read and write.
    packages
        The folder of each contender.
    """

    folder: Path
    s3: LoopbackS3
    packages: dict[str, Path]

    def function(self, name: str, memory_mb: int = VCPU_MB) -> Function:
        """The function that runs this package."""
        return Function(
            folder=self.packages[name],
            handler=HANDLERS.get(name, f"{name}.lambda_handler"),
            variables={
                "AWS_ENDPOINT_URL": self.s3.url,
                "POWERTOOLS_METRICS_NAMESPACE": "Bench",
                "POWERTOOLS_SERVICE_NAME": name,
                "RESULTS_BUCKET": RESULTS,
                # What ours are told, and what the others are.
                "SEGMENT_REGISTRY": f"s3://{MODELS}",
                "QUEUE_URL": f"{self.s3.url}/queue",
                "MODELS": MODELS,
                "MODEL_KEY": f"models/{VERSION}/model.json",
            },
            timeout_seconds=TIMEOUT_SECONDS,
            memory_mb=memory_mb,
        )

    @contextlib.contextmanager
    def running(self, name: str, memory_mb: int = VCPU_MB) -> Iterator[Emulator]:
        """The function in a process of its own."""
        with (
            tempfile.TemporaryDirectory() as folder,
            Emulator(self.function(name, memory_mb), Path(folder) / "emulator") as emulator,
        ):
            yield emulator

    def drop(self, key: str, data: bytes, *, queued: bool) -> Any:
        """Put an upload without results; its event, through the queue or bare."""
        for path in [*self.s3.objects]:
            if path.startswith(f"/{RESULTS}/"):
                del self.s3.objects[path]
        self.s3.objects[f"/{UPLOADS}/{key}"] = data
        event = _event("s3-put.json")
        where = event["Records"][0]["s3"]
        where["bucket"]["name"], where["object"]["key"] = UPLOADS, key
        if not queued:
            return event
        message = _event("sqs-s3-put.json")
        message["Records"][0]["body"] = json.dumps(event)
        return message

    def report(self, key: str) -> dict[str, Any]:
        """The report of an upload."""
        found: dict[str, Any] = json.loads(self.s3.objects[f"/{RESULTS}/reports/{key}.json"])
        return found


def request(method: str, path: str, body: object = None) -> Any:
    """The event of an HTTP request."""
    event = _event("http-predict.json")
    event |= {"routeKey": f"{method} {path}", "rawPath": path, "body": json.dumps(body)}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def _event(name: str) -> Any:
    return json.loads((EVENTS / name).read_bytes())


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """Build the packages, train a champion, and serve both.

    Raises
    ------
    MeasurementFailed
        This machine runs no packages for Lambda.
    """
    place = (folder / "lambda").absolute()
    click.echo("building the packages", err=True)
    packages = artefacts.build(place / "packages")
    registry, customers = place / "registry", place / "customers.csv"
    if not registry.exists():
        options = ("--k", str(K), "--registry", registry, "--promote")
        for command in (("sample", str(CUSTOMERS), customers), ("fit", customers, *options)):
            segment = Path(sys.executable).with_name("segment")
            subprocess.run([segment, *command], check=True, stdout=subprocess.DEVNULL)
    with loopback_s3() as s3:
        for path in registry.rglob("*.json"):
            s3.objects[f"/{MODELS}/{path.relative_to(registry)}"] = path.read_bytes()
        model = json.loads(s3.objects[f"/{MODELS}/models/{VERSION}/model.json"])
        centroids = [segment["centroid"] for segment in model["segments"]]
        pickled = artefacts.fit(packages["pandas"], centroids)
        s3.objects[f"/{MODELS}/{artefacts.MODEL}"] = pickled
        yield World(place, s3, packages)
