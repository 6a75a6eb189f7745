"""What is written when: scenarios of one upload, in buckets in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest

from score.delivery import ATTEMPTS, deliver
from score.objects import ObjectState
from score.outputs import Outputs
from segmentation.errors import NoChampion, StoreConflict, TransientError
from segmentation.model import Model
from tests.support.csvs import MALL_ROW, mall_csv
from tests.support.memory_bucket import MemoryBucket, MemoryWriter
from tests.support.models import mall_model

KEY = "customers.csv"
SCORED, REJECTED, REPORT = f"scored/{KEY}.parquet", f"rejected/{KEY}.csv", f"reports/{KEY}.json"

ONE = mall_csv(MALL_ROW)
TWO = mall_csv(MALL_ROW, "2,Female,30,80,75", "3,x,1,1,1")


class Watched(MemoryBucket):
    """A bucket in which something may happen just before a call."""

    before: Callable[[str, str], None] = staticmethod(lambda operation, key: None)

    def head(self, key: str) -> ObjectState | None:
        self.before("head", key)
        return super().head(key)

    def read(self, key: str, state: ObjectState) -> Any:
        self.before("read", key)
        return super().read(key, state)

    def writer(self, key: str, expected: str | None) -> MemoryWriter:
        self.before("write", key)
        return super().writer(key, expected)


class World:
    """Both buckets, and a model that serves."""

    def __init__(self, upload: bytes | None = ONE) -> None:
        self.uploads, self.results = Watched("uploads"), Watched("results")
        self.model: Model | None = mall_model()
        self.loads = 0
        if upload is not None:
            self.uploads.put(KEY, upload)

    def load(self, version: str | None) -> Model:
        self.loads += 1
        if version is not None:
            return mall_model(version)
        if self.model is None:
            raise NoChampion("nothing serves yet")
        return self.model

    def deliver(self, **options: Any) -> Any:
        return deliver(KEY, self.uploads, self.results, self.load, **options)

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.results.objects[REPORT][0])
        return report

    def rows(self) -> int:
        table = pyarrow.parquet.read_table(io.BytesIO(self.results.objects[SCORED][0]))
        return int(table.num_rows)

    def assert_consistent(self) -> None:
        """The report names the upload that stands there, and both outputs that stand there."""
        report = self.report()
        assert report["source"]["etag"] == self.uploads.objects[KEY][1].etag
        for name, key in (("scored", SCORED), ("rejected", REJECTED)):
            state = self.results.objects[key][1]
            assert report["outputs"][name] == {
                "key": key,
                "version_id": state.version_id,
                "etag": state.etag,
            }


def test_an_upload_gets_its_three_outputs_and_the_report_is_written_last() -> None:
    world = World(TWO)
    written = []
    world.results.before = lambda operation, key: (
        written.append(key) if operation == "write" else None
    )

    delivered = world.deliver()

    assert written == [SCORED, REJECTED, REPORT]
    assert delivered.written
    assert delivered.report.to_dict() == world.report()
    assert world.report()["rows"] == {"read": 3, "scored": 2, "rejected": 1}
    world.assert_consistent()


def test_the_report_names_the_upload_it_is_about() -> None:
    world = World()
    state = world.uploads.objects[KEY][1]

    world.deliver()

    assert world.report()["source"] == {
        "bucket": "uploads",
        "key": KEY,
        "etag": state.etag,
        "version_id": state.version_id,
        "size": len(ONE),
    }


def test_the_labelled_file_names_the_upload_and_the_model_it_is_from() -> None:
    world = World()
    state = world.uploads.objects[KEY][1]

    world.deliver()

    written = io.BytesIO(world.results.objects[SCORED][0])
    metadata = pyarrow.parquet.read_schema(written).metadata
    assert {name: value for name, value in metadata.items() if name.startswith(b"segm")} == {
        b"segmentation.source_bucket": b"uploads",
        b"segmentation.source_key": KEY.encode(),
        b"segmentation.source_version_id": str(state.version_id).encode(),
        b"segmentation.source_etag": state.etag.encode(),
        b"segmentation.model_version": b"v1",
        b"segmentation.engine_version": world.report()["engine_version"].encode(),
    }


def test_the_same_event_twice_scores_once() -> None:
    world = World()
    world.deliver()
    before = dict(world.results.objects)

    again = world.deliver()

    assert not again.written
    assert again.report.to_dict() == world.report()
    assert world.results.objects == before
    assert world.loads == 1


def test_a_plain_event_does_not_score_again_for_a_new_champion() -> None:
    world = World()
    world.deliver()
    world.model = mall_model("v2")

    assert not world.deliver().written
    assert world.report()["model_version"] == "v1"


def test_a_rescore_event_scores_again_with_its_model_and_then_no_more() -> None:
    world = World()
    world.deliver()
    world.model = mall_model("v2")

    assert world.deliver(model_version="v2").written
    assert world.report()["model_version"] == "v2"
    world.assert_consistent()
    assert not world.deliver(model_version="v2").written


NOON, ONE_O_CLOCK = "2026-01-01T12:00:00.000000+00:00", "2026-01-01T13:00:00.000000+00:00"


def test_a_rescore_that_comes_late_changes_nothing_after_a_newer_one_even_for_a_new_upload() -> (
    None
):
    world = World()
    world.deliver(model_version="v3", requested_at=ONE_O_CLOCK)

    assert not world.deliver(model_version="v2", requested_at=NOON).written
    assert world.report()["rescore"] == {"requested_at": ONE_O_CLOCK, "model_version": "v3"}

    world.uploads.put(KEY, ONE)
    assert world.deliver(model_version="v2", requested_at=NOON).written
    assert world.report()["model_version"] == "v1", "the one that serves"
    assert world.report()["rescore"]["requested_at"] == ONE_O_CLOCK
    world.assert_consistent()


def test_a_rescore_by_the_model_that_had_scored_writes_the_report_alone() -> None:
    world = World()
    world.deliver()
    before = dict(world.results.server.writes)

    assert world.deliver(model_version="v1", requested_at=NOON).written

    report = f"reports/{KEY}.json"
    assert world.results.server.writes == {**before, report: before[report] + 1}
    assert world.report()["rescore"] == {"requested_at": NOON, "model_version": "v1"}
    world.assert_consistent()


def test_a_rescore_without_a_time_counts_whenever_it_comes_and_forgets_no_other() -> None:
    world = World()
    world.deliver(model_version="v3", requested_at=ONE_O_CLOCK)

    assert world.deliver(model_version="v2").written
    assert world.report()["model_version"] == "v2"
    assert not world.deliver(model_version="v3", requested_at=ONE_O_CLOCK).written
    assert not world.deliver(model_version="v1", requested_at=NOON).written


def test_outputs_that_were_written_over_are_mended_by_the_model_that_had_scored() -> None:
    world = World()
    world.deliver(model_version="v2")
    world.results.put(SCORED, b"by a worker that was late")

    assert world.deliver().written

    assert world.model is not None
    assert world.model.version == "v1", "the one that serves"
    assert world.report()["model_version"] == "v2"
    world.assert_consistent()


def test_a_new_upload_under_the_same_name_replaces_the_whole_result() -> None:
    world = World(TWO)
    world.deliver()
    world.uploads.put(KEY, ONE)

    world.deliver()

    assert world.rows() == 1
    assert world.results.objects[REJECTED][0].count(b"\n") == 1
    assert world.report()["rows"]["rejected"] == 0
    world.assert_consistent()


def test_a_refused_upload_replaces_the_result_of_a_good_one() -> None:
    world = World()
    world.deliver()
    world.uploads.put(KEY, b"")

    world.deliver()

    assert world.rows() == 0
    assert world.report()["status"] == "refused"
    world.assert_consistent()


def test_an_upload_that_vanished_is_done_without_a_result() -> None:
    world = World(None)

    delivered = world.deliver()

    assert delivered.report is None
    assert not delivered.written
    assert world.results.objects == {}
    assert world.loads == 0


def test_a_result_stays_when_its_upload_is_deleted() -> None:
    world = World()
    world.deliver()
    before = dict(world.results.objects)
    del world.uploads.objects[KEY]

    assert world.deliver().report is None
    assert world.results.objects == before


@pytest.mark.parametrize("place", [("head", KEY), ("read", KEY)])
def test_an_upload_overwritten_while_it_is_scored_is_scored_anew(place: tuple[str, str]) -> None:
    world = World()
    happened: list[tuple[str, ...]] = []

    def overwrite(*call: str) -> None:
        if call == place and not happened:
            happened.append(call)
            world.uploads.put(KEY, TWO)

    world.uploads.before = overwrite

    world.deliver()

    assert happened
    assert world.rows() == 2
    world.assert_consistent()


@pytest.mark.parametrize("key", [SCORED, REJECTED, REPORT])
def test_an_upload_overwritten_while_its_outputs_are_written_is_scored_anew(key: str) -> None:
    world = World()
    happened: list[tuple[str, ...]] = []

    def overwrite(*call: str) -> None:
        if call == ("write", key) and not happened:
            happened.append(call)
            world.uploads.put(KEY, TWO)

    world.results.before = overwrite

    world.deliver()

    assert happened
    assert world.rows() == 2
    world.assert_consistent()


@pytest.mark.parametrize("key", [SCORED, REJECTED, REPORT])
def test_what_another_worker_wrote_in_between_is_never_mixed_in(key: str) -> None:
    world = World()
    happened: list[tuple[str, ...]] = []

    def other_worker(*call: str) -> None:
        if call == ("write", key) and not happened:
            happened.append(call)
            world.uploads.put(KEY, TWO)
            world.deliver()

    world.results.before = other_worker

    world.deliver()

    assert world.rows() == 2
    world.assert_consistent()


@pytest.mark.parametrize("key", [SCORED, REJECTED, REPORT])
def test_a_crash_while_writing_is_made_good_by_the_next_event(key: str) -> None:
    world = World()

    def crash(*call: str) -> None:
        if call == ("write", key):
            raise TransientError("the function died")

    world.results.before = crash
    with pytest.raises(TransientError):
        world.deliver()
    assert REPORT not in world.results.objects

    world.results.before = lambda operation, key: None
    world.deliver()

    world.assert_consistent()


def test_time_lost_to_starting_over_is_no_reason_to_refuse_an_upload() -> None:
    world = World()
    seconds_left = [100.0]

    def overwrite(*call: str) -> None:
        if call == ("write", SCORED) and seconds_left[0] == 100:
            seconds_left[0] = 10
            world.results.put(SCORED, b"by another worker")

    world.results.before = overwrite
    with pytest.raises(TransientError, match="too little time was left"):
        world.deliver(remaining_seconds=lambda: seconds_left[0])
    assert REPORT not in world.results.objects

    assert world.deliver(remaining_seconds=lambda: 100.0).written
    assert world.report()["status"] == "scored"


def test_without_a_champion_nothing_is_written() -> None:
    world = World()
    world.model = None

    with pytest.raises(NoChampion):
        world.deliver()

    assert world.results.objects == {}


def test_an_output_that_somebody_deleted_is_written_again() -> None:
    world = World()
    world.deliver()
    del world.results.objects[SCORED]

    assert world.deliver().written
    world.assert_consistent()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_damaged_report_counts_as_none(damage: bytes) -> None:
    world = World()
    world.results.put(REPORT, damage)

    assert world.deliver().written
    world.assert_consistent()


def test_a_delivery_that_keeps_losing_is_tried_again_later() -> None:
    world = World()
    heads = []

    def keep_writing(operation: str, key: str) -> None:
        if operation == "head":
            heads.append(key)
        if (operation, key) == ("write", SCORED):
            raise StoreConflict("another object is there")

    world.results.before = keep_writing

    with pytest.raises(TransientError, match="others kept writing"):
        world.deliver()

    assert heads.count(SCORED) == ATTEMPTS


def test_output_keys() -> None:
    assert Outputs.of("a b/\u00fc+%.CSV") == Outputs(
        report="reports/a b/\u00fc+%.CSV.json",
        scored="scored/a b/\u00fc+%.CSV.parquet",
        rejected="rejected/a b/\u00fc+%.CSV.csv",
    )


def test_output_keys_fit_into_s3_up_to_the_longest_key() -> None:
    outputs = Outputs.of("x" * 1_000)

    for key in (outputs.report, outputs.scored, outputs.rejected):
        assert key is not None
        assert len(key) <= 1_024
    assert Outputs.of("x" * 1_001).scored is None
    assert Outputs.of("\u00fc" * 501).scored is None
