"""What every user of locust does: ask, over a connection that is kept, and look at the answer.

Run by `tests.stress.load.api`, which names the files by environment variables.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from locust import FastHttpUser, task

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.stress.load.question import HEADERS, PATH, Questions

QUESTIONS = Questions(Path(os.environ["QUESTIONS"]), Path(os.environ["ANSWERS"]))


class Application(FastHttpUser):
    """A user without pauses."""

    @task
    def predict(self) -> None:
        """Ask about one customer."""
        number, body = QUESTIONS.draw()
        begun = time.time()
        with self.client.post(PATH, data=body, headers=HEADERS, catch_response=True) as response:
            kept = "close" not in (response.headers or {}).get("connection", "").lower()
            data = response.content or b""
            answer = QUESTIONS.judge(number, begun, response.status_code, data, kept=kept)
            if answer.problem:
                response.failure(answer.problem)
            else:
                response.success()
