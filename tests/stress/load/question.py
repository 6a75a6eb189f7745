"""A question to the API, and whether its answer is right: for whatever tool asks.

Standard library only: the load tool has an environment of its own.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

PATH = "/predictions"
HEADERS = {"content-type": "application/json"}


class Answer(NamedTuple):
    """One answer, as it is written down.

    Parameters
    ----------
    begun, ended
        When it was asked for and there, in seconds of this machine's clock.
    version
        Which model it names; empty for an error.
    problem
        What is wrong with it; empty: nothing.
    """

    begun: float
    ended: float
    version: str
    problem: str


class Questions:
    """Customers, and what every version has to answer about each.

    Parameters
    ----------
    path
        A JSON file with ``customers`` and ``answers``, by version, in the same order.
    answers
        Where answers are written down, a line each.
    """

    def __init__(self, path: Path, answers: Path) -> None:
        asked = json.loads(path.read_text(encoding="utf-8"))
        self._bodies = [json.dumps(customer) for customer in asked["customers"]]
        self._expected: Mapping[str, list[Any]] = asked["answers"]
        self._answers = answers
        self._writing = threading.Lock()

    def draw(self) -> tuple[int, str]:
        """Give the number of a customer and the body to send."""
        number = random.randrange(len(self._bodies))
        return number, self._bodies[number]

    def judge(self, number: int, begun: float, status: int, body: bytes, *, kept: bool) -> Answer:
        """Compare an answer with what the version that it names has to say, and write it down."""
        version, problem = "", ""
        if status != 200:
            problem = f"status {status}"
        else:
            found = json.loads(body)
            version = found["model_version"]
            if found != self._expected[version][number]:
                problem = f"not what {version} says of customer {number}"
        if not kept:
            problem = problem or "the connection was not kept"
        answer = Answer(begun, time.time(), version, problem)
        with self._writing, self._answers.open("a", encoding="utf-8") as log:
            log.write(json.dumps(answer) + "\n")
        return answer
