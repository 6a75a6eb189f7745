"""Questions to the API without a pause, while another champion is promoted and rolled back.

Every answer has to be, byte for byte in meaning, what ``segment predict --model`` says by the
version that it names, and that version has to be one that served then.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from infra.local import LocalStack
from infra.processes import ends_with_its_parent
from segmentation.model import Model
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.stress.load.question import HEADERS, PATH, Answer, Questions
from tests.stress.proof.figures import Figures, Kind
from tests.support.cli import segment
from tests.support.models import mall_model

TTL_SECONDS = 1
PARAMETERS = {"ModelTtlSeconds": str(TTL_SECONDS)}
"""Of the local stack: how soon a new champion has to be noticed."""

CLOCK_SLACK = 0.5
"""Seconds between the moment when a function looks for the champion and when it notes the time."""

USERS = 4
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
VERSIONS = ("v1", "v2", "v3")

CUSTOMERS = [
    {"gender": gender, "age": age, "annual_income": income, "spending_score": score}
    for gender, (age, income, score) in itertools.product(
        ("Female", "Male"),
        [(19, 15, 39), (33, 90, 80), (45, 60, 35), (26, 30, 70), (70, 140, 1), (40, 75.5, 57.25)],
    )
]

Drive = Callable[[str, Path, Path, float], int]
"""Asks for some seconds: address, questions, answers, seconds; gives the number of requests."""


def other_model(shift: float) -> Model:
    """Give a model that answers differently about every customer."""
    model = mall_model()
    segments = [
        replace(one, centroid=tuple(value + shift for value in one.centroid))
        for one in model.segments
    ]
    return replace(model, segments=tuple(segments))


@dataclass(frozen=True)
class Reign:
    """A time in which a version was champion; the ends are within the calls that moved it."""

    version: str
    begun: float
    ended: float


class Promoter(threading.Thread):
    """Promotes one version after another, and takes some back."""

    def __init__(self, registry: Registry, every_seconds: float) -> None:
        super().__init__(daemon=True)
        self._registry = registry
        self._every = every_seconds
        self._stopping = threading.Event()
        self._moves = [(time.time() - 60, registry.champion_version(), time.time() - 60)]

    def run(self) -> None:
        """Move the champion until told to stop."""
        for number in itertools.count(1):
            if self._stopping.wait(self._every):
                return
            before = time.time()
            if number % 3 == 0:
                self._registry.rollback(by="tests", why="complaints")
            else:
                following = VERSIONS[number % len(VERSIONS)]
                if following == self._moves[-1][1]:
                    continue
                self._registry.promote(following, by="tests", why="better")
            self._moves.append((before, self._registry.champion_version(), time.time()))

    def stop(self) -> list[Reign]:
        """Stop, and give who was champion when."""
        self._stopping.set()
        self.join()
        ends = [after for _, _, after in self._moves[1:]] + [float("inf")]
        return [
            Reign(version, begun, end)
            for (begun, version, _), end in zip(self._moves, ends, strict=True)
        ]


def sustained(
    stack: LocalStack, seconds: float, drive: Drive, *, promote_every: float = 2.5
) -> Figures:
    """Ask for some seconds under changing champions, and check every answer."""
    figures = Figures("load: API")
    begun = time.monotonic()
    registry = Registry(S3Store(stack.client("s3"), stack.models_bucket))
    for shift in range(len(VERSIONS) - len(registry.versions())):
        registry.publish(other_model(7.5 * (shift + 1)))
    registry.promote("v1", by="tests", why="the first")
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = Path(folder) / "questions.json", Path(folder) / "answers.jsonl"
        expected = {version: expected_answers(stack, version) for version in VERSIONS}
        questions.write_text(
            json.dumps({"customers": CUSTOMERS, "answers": expected}), encoding="utf-8"
        )
        time.sleep(TTL_SECONDS + CLOCK_SLACK)  # what served before is forgotten
        promoter = Promoter(registry, promote_every)
        promoter.start()
        asked = drive(stack.api_url, questions, answers, seconds)
        reigns = promoter.stop()
        lines = answers.read_text(encoding="utf-8").splitlines()
    checked([Answer(*json.loads(line)) for line in lines], asked, reigns, figures)
    figures.counts["champions"] = len(reigns)
    figures.seconds = time.monotonic() - begun
    return figures


def expected_answers(stack: LocalStack, version: str) -> list[Any]:
    """Ask ``segment predict`` about every customer."""
    told = []
    with mock.patch.dict(os.environ, stack.environment):
        for customer in CUSTOMERS:
            told.append(segment("predict", "--model", version, stdin=json.dumps(customer)).json)
    return told


def checked(answers: list[Answer], asked: int, reigns: list[Reign], figures: Figures) -> None:
    """Check every answer, and that each request has one."""
    figures.counts["requests"] = len(answers)
    lost = asked - len(answers)
    figures.check(lost == 0, Kind.LOST, f"{lost} of {asked} requests without an answer")
    figures.check(bool(answers), Kind.LOST, "no request at all")
    for answer in answers:
        figures.check(not answer.problem, Kind.WRONG, answer.problem)
        if answer.version:
            figures.check(
                any(_could_serve(reign, answer) for reign in reigns),
                Kind.STALE,
                f"{answer.version} answered when it was not champion",
            )
    by_version = Counter(answer.version for answer in answers if answer.version)
    for version, count in sorted(by_version.items()):
        figures.counts[f"answers by {version}"] = count


def _could_serve(reign: Reign, answer: Answer) -> bool:
    last = reign.ended + TTL_SECONDS + CLOCK_SLACK
    return reign.version == answer.version and answer.ended >= reign.begun and answer.begun <= last


def locust() -> str | None:
    """Give the load tool, where it is installed."""
    return shutil.which("locust")


def by_locust(url: str, questions: Path, answers: Path, seconds: float) -> int:
    """Let locust ask; give the requests that it counted."""
    program = locust()
    assert program is not None
    command = [
        *(program, "--locustfile", str(LOCUSTFILE), "--headless", "--host", url, "--json"),
        *("--users", str(USERS), "--spawn-rate", str(USERS), "--run-time", f"{seconds:.0f}s"),
        *(
            "--stop-timeout",
            "10",
            "--exit-code-on-error",
            "0",
            "--loglevel",
            "WARNING",
            "--only-summary",
        ),
    ]
    done = subprocess.run(
        ends_with_its_parent(command),
        env={**os.environ, "QUESTIONS": str(questions), "ANSWERS": str(answers)},
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 120,
    )
    return sum(one["num_requests"] for one in json.loads(done.stdout))


def by_threads(url: str, questions: Path, answers: Path, seconds: float) -> int:
    """Ask from threads of this process, where no load tool is."""
    shared = Questions(questions, answers)
    deadline = time.monotonic() + seconds

    def ask(_: int) -> int:
        with _connection(url) as connection:
            for count in itertools.count(1):
                number, body = shared.draw()
                begun = time.time()
                connection.request("POST", PATH, body, HEADERS)
                response = connection.getresponse()
                data = response.read()
                shared.judge(number, begun, response.status, data, kept=not response.will_close)
                if time.monotonic() > deadline:
                    return count
        raise AssertionError("unreachable")

    with ThreadPoolExecutor(USERS) as pool:
        return sum(pool.map(ask, range(USERS)))


@contextmanager
def _connection(url: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
