"""What the measured functions meet: their packages, an S3 with a trained champion, and events."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.functions import artefacts
from benchmarks.functions.s3 import LoopbackS3
from infra.lambda_emulator.emulator import Function
from infra.lambda_emulator.packages import ROOT

HANDLERS = {
    "predict": "predict.handler.lambda_handler",
    "score": "score.handler.lambda_handler",
    "pandas": "pandas_joblib.lambda_handler",
}
EVENTS = ROOT / "tests" / "events"
UPLOADS, RESULTS, MODELS = "uploads", "results", "models"
VERSION, K, CUSTOMERS = "v1", 6, 2_000
TIMEOUT_SECONDS, MEMORY_MB = 900, 1769
CUSTOMER = {
    "Gender": "Female",
    "Age": 31,
    "Annual Income (k$)": 72,
    "Spending Score (1-100)": 64,
}


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

    def __init__(self, folder: Path, s3: LoopbackS3, packages: dict[str, Path]) -> None:
        self.folder, self.s3, self.packages = folder, s3, packages

    def function(self, name: str, memory_mb: int = MEMORY_MB) -> Function:
        """Give the function that runs this package."""
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

    def drop(self, key: str, data: bytes, *, queued: bool) -> Any:
        """Put an upload without results, and give its event: through the queue, or bare."""
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
        """Give the report of an upload."""
        found: dict[str, Any] = json.loads(self.s3.objects[f"/{RESULTS}/reports/{key}.json"])
        return found


def request(method: str, path: str, body: object = None) -> Any:
    """Give the event of an HTTP request."""
    event = _event("http-predict.json")
    event |= {"routeKey": f"{method} {path}", "rawPath": path, "body": json.dumps(body)}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return event


def _event(name: str) -> Any:
    return json.loads((EVENTS / name).read_bytes())


@contextlib.contextmanager
def world(folder: Path, tell: Callable[[str], None]) -> Iterator[World]:
    """Build the packages, train a champion, and serve both.

    Raises
    ------
    benchmarks.functions.artefacts.NoArtefacts
        This machine runs no packages for Lambda.
    """
    folder = folder.absolute()
    tell("building the packages")
    packages = artefacts.build(folder / "packages")
    registry = folder / "registry"
    if not registry.exists():
        _train(folder)
    with LoopbackS3() as s3:
        for path in registry.rglob("*.json"):
            s3.objects[f"/{MODELS}/{path.relative_to(registry)}"] = path.read_bytes()
        model = json.loads(s3.objects[f"/{MODELS}/models/{VERSION}/model.json"])
        centroids = [segment["centroid"] for segment in model["segments"]]
        pickled = artefacts.fit(packages["pandas"], centroids)
        s3.objects[f"/{MODELS}/{artefacts.MODEL}"] = pickled
        yield World(folder, s3, packages)


def _train(folder: Path) -> None:
    segment = Path(sys.executable).with_name("segment")
    customers = folder / "customers.csv"
    options = ("--k", str(K), "--registry", folder / "registry", "--promote")
    for command in (
        ("sample", str(CUSTOMERS), customers),
        ("fit", customers, *options),
    ):
        subprocess.run([segment, *command], check=True, stdout=subprocess.DEVNULL)
