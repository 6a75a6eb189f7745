"""Many uploads at once: every one of them has to end in exactly the right outcome."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import duckdb
from boto3.s3.transfer import TransferConfig

from benchmarks.scoring.data import write_customers
from infra.local import LocalStack
from score.outputs import Outputs
from tests.stress.load.files import Expected, File, judged_by_duckdb, small_files
from tests.stress.load.sandboxes import Memory, one_more_sandbox
from tests.stress.proof.figures import Figures, Kind

SENDERS = 8
LARGE = "large file.csv"
MEASURE = "a file to measure memory by.csv"
MEASURE_PART = 8
"""The file by which memory is measured has so many times fewer rows than the large one."""

STEADY_BYTES = 50_000_000
"""So many bytes fill all buffers; only beyond them memory has to stay as it is."""

BYTES_A_ROW = 59.6
ALLOWANCE = 64 << 20
"""Memory is flat when a file that much larger takes at most so many bytes more."""

IN_PARTS = TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=64 << 20)


@dataclass(frozen=True)
class Storm:
    """How much to drop.

    Parameters
    ----------
    uploads
        Small files.
    large_bytes
        About how many bytes the large one has.
    patience_seconds
        How long the queue may take to become empty.
    """

    uploads: int
    large_bytes: int
    patience_seconds: float


@dataclass(frozen=True)
class Dropped:
    """What stands under a key in the end."""

    key: str
    expected: Expected
    version_id: str
    etag: str


def storm(stack: LocalStack, plan: Storm, say: Callable[[str], None]) -> Figures:
    """Drop everything, wait until the queue is empty, and check every outcome."""
    figures = Figures("load: uploads")
    begun = time.monotonic()
    queue, memory = _Queue(stack, plan.patience_seconds, say), Memory(stack)
    with tempfile.TemporaryDirectory() as name, one_more_sandbox(stack):
        folder = Path(name)
        rows = max(1, round(plan.large_bytes / BYTES_A_ROW))
        say(f"making a file of {rows:,} rows")
        write_customers(folder / "measure.csv", max(1, rows // MEASURE_PART), 0.01, extra=True)
        write_customers(folder / "large.csv", rows, 0.01, extra=True)

        dropped = [_drop_large(stack, MEASURE, folder / "measure.csv")]
        queue.wait()
        before = memory.peak()
        memory.forget()

        say(f"dropping {plan.uploads:,} files")
        with ThreadPoolExecutor(SENDERS) as pool:
            large = pool.submit(_drop_large, stack, LARGE, folder / "large.csv")
            files = list(small_files(plan.uploads))
            newer = {
                one.key: other
                for one, other in zip(files[::25], small_files(len(files), seed=7), strict=False)
                if not one.expected.refusal
            }
            told = list(pool.map(lambda one: drop(stack, one, newer.get(one.key)), files))
            dropped += [large.result(), *told]
        queue.wait()
        written = _versions(stack)
        some = random.Random(1).sample([one.key for one in dropped], len(dropped) // 10)
        queue.tell_again([LARGE, *some])
        queue.wait()

        peak = memory.peak()
        figures.check(_versions(stack) == written, Kind.WRONG, "a second delivery wrote something")
        figures.check(not queue.dead(), Kind.LOST, "the dead-letter queue is not empty")
        small = plan.large_bytes < MEASURE_PART * STEADY_BYTES
        figures.check(
            small or peak <= before + ALLOWANCE,
            Kind.WRONG,
            f"memory grew from {before >> 20} to {peak >> 20} MB with a larger file",
        )
        say("checking the outcomes")
        check(stack, dropped, figures, folder)
        named = {name for one in dropped for name in _names(one.key)}
        figures.check(set(written) <= named, Kind.WRONG, "there are outputs of no upload")
    figures.counts.update(
        {
            "files": len(files) + 2,
            "overwrites": len(newer),
            "duplicate events": queue.duplicates,
            "large file, bytes": _size(stack, LARGE),
            "peak memory, MB": peak >> 20,
            "peak memory of a file 8 times smaller, MB": before >> 20,
        }
    )
    figures.seconds = time.monotonic() - begun
    return figures


def _drop_large(stack: LocalStack, key: str, path: Path) -> Dropped:
    s3 = stack.client("s3")
    s3.upload_file(str(path), stack.uploads_bucket, key, Config=IN_PARTS)
    head = s3.head_object(Bucket=stack.uploads_bucket, Key=key)
    return Dropped(key, judged_by_duckdb(path), head["VersionId"], head["ETag"])


def drop(stack: LocalStack, file: File, newer: File | None) -> Dropped:
    """Drop a file, some of them with more events than one, and some once more with other rows."""
    chance = random.Random(file.key)
    s3, sqs = stack.client("s3"), stack.client("sqs")
    put = s3.put_object(Bucket=stack.uploads_bucket, Key=file.key, Body=file.data)
    if chance.random() < 0.25:
        for _ in range(chance.randrange(1, 3)):
            sqs.send_message(QueueUrl=stack.queue_url, MessageBody=_event(stack, file.key))
    expected = file.expected
    if newer is not None:
        time.sleep(chance.random())
        put = s3.put_object(Bucket=stack.uploads_bucket, Key=file.key, Body=newer.data)
        expected = newer.expected
    return Dropped(file.key, expected, put["VersionId"], put["ETag"])


def _event(stack: LocalStack, key: str) -> str:
    place = {"bucket": {"name": stack.uploads_bucket}, "object": {"key": quote_plus(key, "/")}}
    return json.dumps({"Records": [{"s3": place}]})


class _Queue:
    """The upload queue, seen from outside."""

    def __init__(
        self, stack: LocalStack, patience_seconds: float, say: Callable[[str], None]
    ) -> None:
        self._stack = stack
        self._sqs = stack.client("sqs")
        self._patience = patience_seconds
        self._say = say
        self.duplicates = 0

    def tell_again(self, keys: Sequence[str]) -> None:
        """Send one more event of each upload."""
        self.duplicates += len(keys)
        for key in keys:
            body = _event(self._stack, key)
            self._sqs.send_message(QueueUrl=self._stack.queue_url, MessageBody=body)

    def wait(self) -> None:
        """Wait until no message waits and none is worked on."""
        deadline, quiet, told = time.monotonic() + self._patience, 0, time.monotonic()
        while quiet < 2:
            waiting = self._messages(self._stack.queue_url)
            quiet = 0 if waiting else quiet + 1
            if time.monotonic() > deadline:
                self._say(f"{waiting:,} messages still wait: that counts as lost")
                return
            if waiting and time.monotonic() - told > 10:
                told = time.monotonic()
                self._say(f"{waiting:,} messages wait")
            # For each answer moto goes through all messages many times.
            time.sleep(2 if waiting > 100 else 0.2)

    def dead(self) -> int:
        """Count the dead letters."""
        return self._messages(self._stack.dead_letter_queue_url)

    def _messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)


def _listed(stack: LocalStack, operation: str, member: str) -> Iterator[Any]:
    pages = stack.client("s3").get_paginator(operation).paginate(Bucket=stack.results_bucket)
    for page in pages:
        yield from page.get(member, [])


def _versions(stack: LocalStack) -> Counter[str]:
    """Count the versions of every output."""
    return Counter(one["Key"] for one in _listed(stack, "list_object_versions", "Versions"))


def _size(stack: LocalStack, key: str) -> int:
    head = stack.client("s3").head_object(Bucket=stack.uploads_bucket, Key=key)
    return int(head["ContentLength"])


def check(stack: LocalStack, dropped: Sequence[Dropped], figures: Figures, folder: Path) -> None:
    """Compare what stands in the results bucket with what has to."""
    s3, bucket = stack.client("s3"), stack.results_bucket
    standing = {one["Key"]: one["ETag"] for one in _listed(stack, "list_objects_v2", "Contents")}
    labelled: dict[str, Dropped] = {}
    for number, one in enumerate(dropped):
        outputs = Outputs.of(one.key)
        if not figures.check(outputs.report in standing, Kind.LOST, f"{one.key}: no report"):
            continue
        report = json.loads(s3.get_object(Bucket=bucket, Key=outputs.report)["Body"].read())
        _check_report(one, report, standing, figures)
        figures.counts["uploads"] += 1
        figures.counts["rows"] += report["rows"]["read"]
        if outputs.scored is None or outputs.rejected is None:
            continue
        path = folder / f"{number:06}.parquet"
        s3.download_file(bucket, outputs.scored, str(path))
        labelled[str(path)] = one
        rejects = s3.get_object(Bucket=bucket, Key=outputs.rejected)["Body"].read()
        rejected = _records(rejects.decode("utf-8-sig"))
        figures.check(
            rejected == one.expected.rows[2],
            Kind.WRONG,
            f"{one.key}: {rejected} rows in the reject file, expected {one.expected.rows[2]}",
        )
    found = _labels(folder)
    for name, one in labelled.items():
        wrong = found.get(name, ()) != one.expected.segments
        figures.check(not wrong, Kind.WRONG, f"{one.key}: labels {found.get(name, ())}")


def _records(rejects: str) -> int:
    """Count the records of a reject file without its header, by its own delimiter."""
    delimiter = rejects[len("_row")]
    reader = csv.reader(io.StringIO(rejects, newline=""), delimiter=delimiter)
    return sum(1 for record in reader if record) - 1


def _names(key: str) -> Iterator[str]:
    outputs = Outputs.of(key)
    yield from filter(None, (outputs.report, outputs.scored, outputs.rejected))


def _check_report(
    one: Dropped, report: dict[str, Any], standing: dict[str, str], figures: Figures
) -> None:
    source, rows = report["source"], report["rows"]
    same = (source["version_id"], source["etag"]) == (one.version_id, one.etag)
    figures.check(same, Kind.STALE, f"{one.key}: the report is of an older upload")
    for output in filter(None, report["outputs"].values()):
        etag = standing.get(output["key"])
        figures.check(etag is not None, Kind.LOST, f"{output['key']} is not there")
        figures.check(etag == output["etag"], Kind.STALE, f"{output['key']} is of another set")
    counted = (rows["read"], rows["scored"], rows["rejected"])
    segments = tuple((each["id"], each["count"]) for each in report["segments"] if each["count"])
    said = Expected(counted, segments, report.get("refusal", {}).get("code", ""))
    figures.check(said == one.expected, Kind.WRONG, f"{one.key}: {said}, expected {one.expected}")


def _labels(folder: Path) -> dict[str, tuple[tuple[int, int], ...]]:
    """Let DuckDB count the labels in all Parquet files."""
    with duckdb.connect() as db:
        rows = db.execute(
            "select filename, segment, count(*) from read_parquet(?, filename=true, "
            "union_by_name=true) group by all order by all",
            [str(folder / "*.parquet")],
        ).fetchall()
    labels: dict[str, tuple[tuple[int, int], ...]] = {}
    for name, segment, count in rows:
        labels[name] = (*labels.get(name, ()), (segment, count))
    return labels


def to_stderr(line: str) -> None:
    """Tell people how far it is."""
    print(line, file=sys.stderr, flush=True)
