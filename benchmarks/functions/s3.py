"""The least S3 that the functions need, in memory and on loopback, answering in a millisecond.

Conditions hold on reads, writes and multipart completion, as in S3. Nobody looks at signatures and
checksums.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from functools import lru_cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.1"
Address = tuple[str, str]


class LoopbackS3:
    """Buckets that exist as soon as they are named.

    Attributes
    ----------
    objects
        Contents by path, ``/bucket/key``.
    requests
        How often each method was asked for since the last `Counter.clear`.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: Counter[str] = Counter()
        self.parts: dict[str, dict[int, bytes]] = {}
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), partial(_Request, self))
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self._server.server_port}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body go out apart

    def __init__(self, s3: LoopbackS3, *arguments: object) -> None:
        self.s3 = s3
        super().__init__(*arguments)  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Give an object, or a range of it."""
        data = self._wanted()
        if data is None:
            return
        asked = self.headers.get("Range")
        if asked is None:
            return self._answer(200, data, etag=_etag(data))
        first, last = map(int, asked.removeprefix("bytes=").split("-"))
        part = data[first : last + 1]
        place = f"bytes {first}-{first + len(part) - 1}/{len(data)}"
        return self._answer(206, part, etag=_etag(data), place=place)

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        """Take an object, or a part of one."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = self._query()
        if "uploadId" in query:
            self.s3.parts[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200, etag=_etag(body))
        else:
            self._put(body)

    def do_POST(self) -> None:
        """Begin or complete a multipart upload."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = self._query()
        if "uploads" in query:
            name = f"upload-{len(self.s3.parts)}"
            self.s3.parts[name] = {}
            self._answer(200, _xml("InitiateMultipartUploadResult", "UploadId", name))
        else:
            parts = self.s3.parts[query["uploadId"]]
            self._put(b"".join(parts[number] for number in sorted(parts)))

    def do_DELETE(self) -> None:
        """Forget a multipart upload."""
        self._answer(204)

    def _put(self, data: bytes) -> None:
        with self.s3.lock:
            before = self.s3.objects.get(self._key())
            expected, absent = self.headers.get("If-Match"), self.headers.get("If-None-Match")
            if (absent and before is not None) or (
                expected is not None and (before is None or _etag(before) != expected)
            ):
                self._answer(412, _xml("Error", "Code", "PreconditionFailed"))
                return
            self.s3.objects[self._key()] = data
        body = _xml("CompleteMultipartUploadResult", "ETag", _etag(data))
        self._answer(200, body if self.command == "POST" else b"", etag=_etag(data))

    def _wanted(self) -> bytes | None:
        data = self.s3.objects.get(self._key())
        expected = self.headers.get("If-Match")
        if data is None:
            self._answer(404, _xml("Error", "Code", "NoSuchKey"))
        elif expected is not None and _etag(data) != expected:
            self._answer(412, _xml("Error", "Code", "PreconditionFailed"))
        else:
            return data
        return None

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _query(self) -> dict[str, str]:
        asked = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in asked.items()}

    def _answer(self, status: int, body: bytes = b"", *, etag: str = "", place: str = "") -> None:
        self.s3.requests[self.command] += 1
        self.send_response(status)
        for name, value in (("ETag", etag), ("Content-Range", place)):
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@lru_cache(maxsize=32)  # not again for each range of a large object
def _etag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _xml(root: str, name: str, value: str) -> bytes:
    return f"<{root}><{name}>{value}</{name}></{root}>".encode()
