"""Faults between the AWS SDK and the network: what S3 and SQS answer on a bad day.

A fault takes the place of an HTTP exchange, below the SDK's own retries. Either the request never
arrives, or it takes effect and its answer is lost, or another answer comes.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

Exchange = Callable[[AWSPreparedRequest], AWSResponse]
Fault = Callable[[AWSPreparedRequest, Exchange], AWSResponse]

ATTEMPTS = 3
"""How often the SDK sends a request in its standard mode."""


class Step(NamedTuple):
    """One call of the SDK: what it does to what, and the how-manyeth of its like it is."""

    operation: str
    what: str
    detail: str = ""
    number: int = 1

    def __str__(self) -> str:
        return " ".join(str(part) for part in self if part)


class _Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


def _answer(request: AWSPreparedRequest, status: int, body: str) -> AWSResponse:
    raw = _Raw(b"" if request.method == "HEAD" else body.encode())
    headers = {"content-type": "application/xml", "content-length": str(len(raw.getbuffer()))}
    return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), raw)


def _error(code: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'


def answers(status: int, code: str) -> Fault:
    """Answer an error in place of the effect."""
    return lambda request, _: _answer(request, status, _error(code))


def reset(request: AWSPreparedRequest, _: Exchange) -> AWSResponse:
    """Break the connection before the request arrives."""
    raise ConnectionClosedError(endpoint_url=request.url)


def reset_after(request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
    """Break the connection after the effect."""
    send(request)
    raise ConnectionClosedError(endpoint_url=request.url)


def timeout(request: AWSPreparedRequest, _: Exchange) -> AWSResponse:
    """Give no answer and have no effect."""
    raise ReadTimeoutError(endpoint_url=request.url)


def timeout_after(request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
    """Give no answer after the effect."""
    send(request)
    raise ReadTimeoutError(endpoint_url=request.url)


def error_after(request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
    """Answer an internal error after the effect."""
    send(request)
    return _answer(request, 500, _error("InternalError"))


def error_in_success(request: AWSPreparedRequest, _: Exchange) -> AWSResponse:
    """Answer 200 with an error in the body, as S3 may for what takes it long."""
    return _answer(request, 200, _error("InternalError"))


def error_in_success_after(request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
    """Do the same after the effect."""
    send(request)
    return _answer(request, 200, _error("InternalError"))


def half_a_body(request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
    """Break the connection in the middle of the answer."""
    response = send(request)
    whole = response.raw.read()
    headers = HTTPHeaders.from_dict(response.headers)
    return AWSResponse(request.url, response.status_code, headers, _Raw(whole[: len(whole) // 2]))


ANYWHERE: dict[str, Fault] = {
    "SlowDown": answers(503, "SlowDown"),
    "InternalError": answers(500, "InternalError"),
    "reset": reset,
    "reset after the effect": reset_after,
    "time-out": timeout,
    "time-out after the effect": timeout_after,
    "InternalError after the effect": error_after,
}
"""What the SDK repeats: once in a while it helps, if it goes on it does not."""

LOST = {
    "PreconditionFailed": answers(412, "PreconditionFailed"),
    "ConditionalRequestConflict": answers(409, "ConditionalRequestConflict"),
    "NoSuchKey": answers(404, "NoSuchKey"),
}
NO_UPLOAD = {"NoSuchUpload": answers(404, "NoSuchUpload")}
EXPIRED = {"ExpiredToken": answers(400, "ExpiredToken")}
ABSENT = {"NoSuchKey": answers(404, "NoSuchKey")}
BODY = {"half a body": half_a_body}
SUCCESS = {"error in a 200": error_in_success, "error in a 200 after it": error_in_success_after}

FINAL: dict[str, dict[str, Fault]] = {
    "head": EXPIRED | ABSENT,
    "get": EXPIRED | ABSENT | BODY,
    "range": EXPIRED | ABSENT | BODY | {"PreconditionFailed": LOST["PreconditionFailed"]},
    "put": EXPIRED | LOST,
    "create": EXPIRED,
    "part": EXPIRED | NO_UPLOAD,
    "complete": EXPIRED | LOST | NO_UPLOAD | SUCCESS,
    "abort": EXPIRED | NO_UPLOAD,
}
"""What the SDK does not repeat, by operation; an error in a 200 it does."""


class Network:
    """Every HTTP exchange of the SDK, named as a step, which may meet faults.

    Parameters
    ----------
    key
        The upload; in names of steps it is ``K``.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._steps: dict[str, Step] = {}
        self._seen: Counter[Step] = Counter()
        self._faults: dict[Step, tuple[Fault, int]] = {}
        self.injected: Counter[Step] = Counter()

    @property
    def steps(self) -> list[Step]:
        """The calls so far, in their order."""
        return list(self._steps.values())

    def inject(self, at: Step, fault: Fault, times: int) -> None:
        """Let a step meet a fault, this often in a row."""
        self._faults[at] = fault, times

    def heal(self) -> None:
        """Let nothing go wrong any more."""
        self._faults.clear()

    def __call__(self, request: AWSPreparedRequest, send: Exchange) -> AWSResponse:
        """Exchange a request for a response, by `send` unless a fault is in its place."""
        step = self._step(request)
        fault, times = self._faults.get(step, (None, 0))
        if fault is None or self.injected[step] >= times:
            return send(request)
        self.injected[step] += 1
        return fault(request, send)

    def _step(self, request: AWSPreparedRequest) -> Step:
        invocation = _text(request.headers["amz-sdk-invocation-id"])
        if invocation not in self._steps:  # a repetition is no new step
            named = self._named(request)
            self._seen[named] += 1
            self._steps[invocation] = named._replace(number=self._seen[named])
        return self._steps[invocation]

    def _named(self, request: AWSPreparedRequest) -> Step:
        target = request.headers.get("X-Amz-Target")
        if target is not None:
            return Step("sqs", _text(target).partition(".")[2])
        url = urlsplit(request.url)
        query = parse_qs(url.query, keep_blank_values=True)
        # The bucket may stand in the host's name or in the path.
        bucket = url.netloc.partition(".s3.")[0] + "/" if ".s3." in url.netloc else ""
        what = (bucket + unquote(url.path).lstrip("/")).replace(self._key, "K")
        detail = query.get("partNumber", [""])[0]
        if request.method == "GET":
            given = request.headers.get("Range")
            begin = re.match(r"bytes=(\d+)", _text(given)) if given else None
            return Step("range", what, begin[1]) if begin else Step("get", what)
        operations = {
            "HEAD": "head",
            "DELETE": "abort",
            "POST": "create" if "uploads" in query else "complete",
            "PUT": "part" if detail else "put",
        }
        return Step(operations[request.method], what, detail)


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header
