"""The process that plays one Lambda execution environment. Started by :mod:`execution_environment`.

Imports the handler once, then answers one event after the other, as Lambda's own Python runtime
does. Standard library only, and nothing of this project: the function must find in here only what
it ships.

Protocol, one JSON document to a line: the parent writes ``{"event", "request_id", "deadline_ms"}``
to standard input, and reads one ``{"ready"}`` and then ``{"result"}`` or ``{"error_type",
"error_message"}`` for each event from the descriptor that was standard output. The handler's own
prints go to standard error, which is the log.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

Handler = Callable[[Any, "LambdaContext"], Any]


class LambdaContext:
    """The context object that a handler gets.

    Source: AWS Lambda developer guide, "Using the Lambda context object" (Python).
    """

    identity = None
    client_context = None

    def __init__(self, request_id: str, deadline_ms: int) -> None:
        self._deadline_ms = deadline_ms
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = sys.argv[1]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the parent stops this process."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


def main() -> None:
    """Serve events until standard input closes, which is when the parent is gone."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        handler = _load(os.environ["_HANDLER"])
    except BaseException as exc:
        _answer(answers, _error(exc))
        raise SystemExit(1) from exc
    _answer(answers, {"ready": True})
    for line in requests:
        _answer(answers, _invoke(handler, json.loads(line)))


def _load(name: str) -> Handler:
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def _invoke(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    context = LambdaContext(request["request_id"], request["deadline_ms"])
    try:
        # Encoded here, so that a result which is not JSON is the function's error, as in Lambda.
        return {"result": json.dumps(handler(request["event"], context))}
    except Exception as exc:
        return _error(exc)


def _error(exc: BaseException) -> dict[str, Any]:
    traceback.print_exception(exc)
    return {"error_type": type(exc).__name__, "error_message": str(exc)}


def _answer(answers: BinaryIO, message: dict[str, Any]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    # Python puts this file's folder first on the path; Lambda has no such folder.
    sys.path.pop(0)
    main()
