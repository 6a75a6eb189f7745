"""The least S3 that the functions need, in memory and on loopback, answering in a millisecond.

moto takes six milliseconds for a small object and seven times as long for a part of a large one, so
it would be measured in the place of the functions. Nobody looks at signatures, checksums and
conditions: every object has one writer here.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class LoopbackS3(ThreadingHTTPServer):
    """Buckets that exist as soon as they are named.

    Attributes
    ----------
    objects
        Contents by path, ``/bucket/key``.
    requests
        How often each method was asked for since the last `Counter.clear`.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.objects: dict[str, bytes] = {}
        self.requests: Counter[str] = Counter()
        self.parts: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        self.url = f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def loopback_s3() -> Iterator[LoopbackS3]:
    """Serve an empty S3."""
    with LoopbackS3() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


class _Request(BaseHTTPRequestHandler):
    server: LoopbackS3
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out apart

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with an object, or a range of it."""
        data = self.server.objects.get(self._key())
        asked = self.headers.get("Range")
        if data is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif asked is None:
            self._answer(200, data, ETag=_etag(data))
        else:
            first, last = map(int, asked.removeprefix("bytes=").split("-"))
            part = data[first : last + 1]
            place = f"bytes {first}-{first + len(part) - 1}/{len(data)}"
            self._answer(206, part, **{"ETag": _etag(data), "Content-Range": place})

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        """Take an object or a part of one; begin or complete a multipart upload."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        upload = query.get("uploadId", [""])[0]
        if "uploads" in query:
            self._answer(200, _xml("InitiateMultipartUploadResult", "UploadId", uuid.uuid4().hex))
        elif "partNumber" in query:
            self.server.parts[upload][int(query["partNumber"][0])] = body
            self._answer(200, ETag=_etag(body))
        else:
            if upload:
                body = b"".join(part for _, part in sorted(self.server.parts.pop(upload).items()))
            self.server.objects[self._key()] = body
            etag = _etag(body)
            result = _xml("CompleteMultipartUploadResult", "ETag", etag) if upload else b""
            self._answer(200, result, ETag=etag)

    do_POST = do_PUT

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.server.requests[self.command] += 1
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@lru_cache(maxsize=32)  # not again for each range of a large object
def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _xml(root: str, name: str, value: str) -> bytes:
    return f"<{root}><{name}>{value}</{name}></{root}>".encode()
