"""Reports: real ones, changed here and there, before everything that reads them."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from hypothesis import strategies as st
from rich.console import Console

from cli.outcomes import outcomes
from cli.tables.drift import drift_table, drift_trend
from cli.tables.drift_file import drift_file
from cli.tables.local_system import show_outcome
from console.results import Results
from infra.local.poller import Delivery
from operations.diagnosis import Cause, Doctor
from operations.drift import past_drift
from score.delivery import deliver, standing
from score.metrics import record
from segmentation.report import readable
from segmentation_aws.observability import flush
from tests.stress.fuzz.mutations import mutated
from tests.stress.fuzz.target import Target
from tests.support.csvs import mall_csv
from tests.support.memory_bucket import MemoryBucket
from tests.support.models import mall_model, registry_of

KEY = "a.csv"
NAME = f"reports/{KEY}.json"
NOON = "2026-01-01T12:00:00.000000+00:00"
MODEL = mall_model()
EVENT = json.dumps({"Records": [{"s3": {"bucket": {"name": "uploads"}, "object": {"key": KEY}}}]})
UPLOADS = (
    mall_csv(*(f"{n},{'Male' if n % 3 else 'F'},{n},1{n},{n}" for n in range(1, 90)), "x,x,x,x,x"),
    mall_csv("1,Male,30,30,30"),
    b"a,b\n1,2\n",
)


def _delivered(upload: bytes) -> tuple[MemoryBucket, MemoryBucket]:
    uploads, results = MemoryBucket("uploads"), MemoryBucket("results")
    uploads.put(KEY, upload)
    deliver(KEY, uploads, results, lambda _: MODEL, model_version="v1", requested_at=NOON)
    return uploads, results


_BUCKETS = tuple(map(_delivered, UPLOADS))
_WRITTEN = tuple(results.objects[NAME][0] for _, results in _BUCKETS)


@dataclass(frozen=True)
class Standing:
    """A delivered upload, by its place in `UPLOADS`, and what stands in place of its report."""

    upload: int
    data: bytes


@st.composite
def reports(draw: st.DrawFn) -> Standing:
    """Change a report's values, or its bytes."""
    number = draw(st.integers(0, len(UPLOADS) - 1))
    written = _WRITTEN[number]
    if draw(st.integers(0, 4)):
        changed = draw(mutated(json.loads(written)))
        return Standing(number, json.dumps(changed).encode())
    begin, cut = draw(st.integers(0, len(written))), draw(st.integers(0, 9))
    return Standing(number, written[:begin] + draw(st.binary(max_size=3)) + written[begin + cut :])


class _S3:
    """What the readers ask of an S3 client."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def get_paginator(self, _: str) -> _S3:
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": NAME, "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}]}

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._data), "ETag": "e"}


def check(one: Standing) -> Counter[str]:
    """Let it be read by all: as it should be, or as if there were no report; and replaced."""
    report = readable(one.data)
    _diagnose(one)
    _deliver(one)
    _show_drift(one)
    (outcome,) = outcomes(Delivery(EVENT, 1, None), "results", _S3(one.data))  # type: ignore[arg-type]
    assert outcome.report == Results(_S3(one.data), "results").report(KEY) == report  # type: ignore[arg-type]
    line = _printed(lambda out: show_outcome(out, outcome, 5))
    if report is None:
        assert line.endswith("no report that can be read\n")
        return Counter(unreadable=1)
    assert readable(report.to_json()) == report
    return Counter(read=1)


def _buckets(one: Standing) -> tuple[MemoryBucket, MemoryBucket]:
    uploads, results = (
        MemoryBucket(bucket.name, bucket.server.copy()) for bucket in _BUCKETS[one.upload]
    )
    results.put(NAME, one.data)
    return uploads, results


def _diagnose(one: Standing) -> None:
    uploads, results = _buckets(one)
    (found,) = Doctor(lambda _: uploads, results, registry_of(MODEL)).diagnose(EVENT)
    assert found.cause in (Cause.DONE_SINCE, Cause.UNKNOWN, Cause.MODEL_UNUSABLE)
    assert "\n" not in found.detail


def _deliver(one: Standing) -> None:
    """Deliver over it: for an event, and for a rescore that only the report has to tell of."""
    for version, asked in ((None, ""), ("v1", NOON.replace("2026", "2027"))):
        uploads, results = _buckets(one)
        done = deliver(
            KEY, uploads, results, lambda _: MODEL, model_version=version, requested_at=asked
        )
        assert done.report is not None
        with contextlib.redirect_stdout(io.StringIO()):
            record(done.report)
            flush()
        assert standing(KEY, uploads, results).mismatch is None


def _show_drift(one: Standing) -> None:
    told = [each for each in past_drift(_S3(one.data), "results", "") if each]  # type: ignore[arg-type]
    if told:
        _printed(lambda out: out.print(drift_table(told), drift_trend(told)))
    drift_file(told, ".html").encode()
    ElementTree.fromstring(drift_file(told, ".svg"))


def _printed(show: Callable[[Console], None]) -> str:
    written = io.StringIO()
    show(Console(file=written, width=120))
    return written.getvalue()


TARGET = Target("reports", reports(), check)
