"""One process that runs a function: what Lambda calls an execution environment."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, cast

from infra.local import runtime_process
from infra.local.errors import EventTooLargeError, FunctionError, FunctionTimeoutError
from infra.local.function_settings import FunctionSettings

INIT_SECONDS = 60.0
PAYLOAD_BYTES = 6 * 1024 * 1024  # Lambda's limit for a synchronous call, each way


class ExecutionEnvironment:
    """A process that has imported the handler, or is about to, and takes one event at a time.

    Parameters
    ----------
    settings : FunctionSettings
        The function.
    temporary_folder : Path
        Its ``/tmp``.
    log : Path
        Where what it prints goes.
    """

    def __init__(self, settings: FunctionSettings, temporary_folder: Path, log: Path) -> None:
        self._timeout = settings.timeout_seconds
        self._is_ready = False
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, runtime_process.__file__, settings.arn],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=settings.process_environment(temporary_folder),
                cwd=settings.code_folder,
                start_new_session=True,  # Ctrl-C is for the parent; it lets an event finish
            )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers: SimpleQueue[bytes] = SimpleQueue()
        answers = cast("IO[bytes]", self._process.stdout), self._answers
        threading.Thread(target=_read_lines, args=answers, daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether it can take another event."""
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until the handler is imported, if it is not.

        Raises
        ------
        FunctionError
            It cannot be imported, or takes too long.
        """
        if self._is_ready:
            return
        try:
            self._read_answer(INIT_SECONDS)
            self._is_ready = True
        except Empty:
            self.end()
            raise FunctionTimeoutError("Sandbox.Timedout", "the import takes too long") from None

    def invoke(self, event: Any) -> Any:
        """Run the handler, which is imported, on an event and return its result.

        Raises
        ------
        EventTooLargeError
            The event is larger than Lambda takes.
        FunctionError
            The handler raised, its result is not JSON or too large, or the process died.
        FunctionTimeoutError
            It ran longer than the template's timeout, and was ended.
        """
        request_id = str(uuid.uuid4())
        deadline_ms = int((time.time() + self._timeout) * 1000)
        request = {"event": event, "request_id": request_id, "deadline_ms": deadline_ms}
        line = json.dumps(request).encode() + b"\n"
        if len(line) > PAYLOAD_BYTES:
            raise EventTooLargeError("RequestTooLarge", f"{len(line)} bytes, the limit is 6 MB")
        # A process that died is noticed when its answer is read.
        with contextlib.suppress(BrokenPipeError):
            self._requests.write(line)
            self._requests.flush()
        try:
            result: str = self._read_answer(self._timeout)["result"]
        except Empty:
            self.end()
            raise FunctionTimeoutError(
                "Sandbox.Timedout",
                f"RequestId: {request_id} Error: Task timed out after {self._timeout:.2f} seconds",
            ) from None
        if len(result) > PAYLOAD_BYTES:
            raise FunctionError(
                "Function.ResponseSizeTooLarge", f"{len(result)} bytes, the limit is 6 MB"
            )
        return json.loads(result)

    def end(self) -> None:
        """End the process, and with it whatever runs in it."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):  # of what was still unsent
            self._requests.close()

    def _read_answer(self, seconds: float) -> dict[str, Any]:
        line = self._answers.get(timeout=seconds)
        if not line:
            raise FunctionError(
                "Runtime.ExitError", f"the process ended with exit status {self._process.wait()}"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error_type" in answer:
            raise FunctionError(answer["error_type"], answer["error_message"])
        return answer


def _read_lines(stream: IO[bytes], lines: SimpleQueue[bytes]) -> None:
    """Pass on every line and, at the end, an empty one."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(b"")
