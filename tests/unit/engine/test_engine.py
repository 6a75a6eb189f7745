"""The engine as a whole: counts, stopping, and settings of the function around it."""

from __future__ import annotations

import io
import threading
import time

import pytest

from engine import records
from engine import score as engine
from engine.score import score_stream
from engine.sinks import ParquetSink
from engine.tally import Tally
from score.settings import Settings
from segmentation.errors import SettingsError
from tests.support.csvs import MALL_ROW, mall_csv, score
from tests.support.models import mall_model

MODEL = mall_model()


def test_counts_run_over_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 200)
    rows = [MALL_ROW, "2,F,33,90,80", "x", "4,M,,1,1"] * 100

    tally = score(MODEL, mall_csv(*rows)).scored.tally

    assert (tally.read, tally.scored, tally.rejected) == (400, 200, 200)
    assert tally.reasons == {"wrong_field_count": 100, "missing_value": 100}
    assert tally.segments.tolist() == [0, 100, 100]
    assert tally.shares() == [0.0, 0.5, 0.5]


def test_values_outside_their_typical_range_are_counted_and_scored() -> None:
    rows = ["1,F,17,90,80", "2,F,18,9,80", "3,F,70,10,80", "4,F,71,151,80", "5,F,-1,1,1"]

    tally = score(MODEL, mall_csv(*rows)).scored.tally

    assert tally.untypical == {"age": 2, "annual_income": 2}
    assert tally.scored == 4


def test_rejects_written_in_pieces_keep_their_numbers_and_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 200)
    monkeypatch.setattr(engine, "REJECTS_AT_ONCE", 2)
    rows = [f"{number},x,30,50,50" if number % 4 else MALL_ROW for number in range(2, 102)]

    outcome = score(MODEL, mall_csv(*rows))

    bad = [number for number in range(2, 102) if number % 4]
    written = outcome.rejected[1:]
    assert [int(record[0]) for record in written] == bad
    assert [record[1] for record in written] == ["unknown_category"] * len(bad)
    assert [record[3:] for record in written] == [[str(n), "x", "30", "50", "50"] for n in bad]
    assert outcome.scored.tally.scored == 25


def test_who_checks_is_told_the_counts_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 190)
    told = []

    score_stream(
        io.BytesIO(mall_csv(*[MALL_ROW] * 100)),
        MODEL,
        ParquetSink(io.BytesIO()),
        io.BytesIO(),
        check=lambda tally: told.append(tally.read),
    )

    # Counting runs ahead of writing.
    written = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert all(count >= least for count, least in zip(told, written, strict=True))
    assert told[-1] == 100


def test_who_checks_may_stop_and_no_thread_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "BLOCK_BYTES", 200)

    def stop(tally: Tally) -> None:
        raise TimeoutError(f"after {tally.read} rows")

    def run() -> None:
        source = io.BytesIO(mall_csv(*[MALL_ROW] * 1_000))
        score_stream(source, MODEL, ParquetSink(io.BytesIO()), io.BytesIO(), check=stop)

    with pytest.raises(TimeoutError, match=r"after \d+ rows"):
        run()

    deadline = time.monotonic() + 2
    while working() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert working() == 0


def test_a_source_that_fails_ends_the_upload_with_its_error() -> None:
    class Failing:
        def __init__(self) -> None:
            self.data = io.BytesIO(mall_csv(*[MALL_ROW] * 200_000))

        def read(self, size: int, /) -> bytes:
            if self.data.tell() > 3_000_000:
                raise ConnectionError("the network is gone")
            return self.data.read(size)

    with pytest.raises(ConnectionError, match="the network is gone"):
        score_stream(Failing(), MODEL, ParquetSink(io.BytesIO()), io.BytesIO())


def test_a_sink_that_fails_ends_the_upload_with_its_error() -> None:
    class Full:
        def write(self, data: bytes, /) -> int:
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        score_stream(
            io.BytesIO(mall_csv(*[MALL_ROW] * 100)), MODEL, ParquetSink(Full()), io.BytesIO()
        )
    with pytest.raises(OSError, match="no space left"):
        score_stream(io.BytesIO(mall_csv("bad")), MODEL, ParquetSink(io.BytesIO()), Full())


def working() -> int:
    return sum(thread.name == "ahead" for thread in threading.enumerate())


def test_settings_of_the_function() -> None:
    environ = {"SEGMENT_REGISTRY": "s3://models", "RESULTS_BUCKET": "results"}

    assert Settings.from_env(environ) == Settings("s3://models", "results", "", 60.0)
    assert Settings.from_env({**environ, "MODEL_TTL_SECONDS": "5", "QUEUE_URL": "q"}) == Settings(
        "s3://models", "results", "q", 5.0
    )


def test_all_missing_and_malformed_settings_are_named_in_one_error() -> None:
    with pytest.raises(SettingsError) as failed:
        Settings.from_env({"MODEL_TTL_SECONDS": "soon"})

    assert str(failed.value) == (
        "SEGMENT_REGISTRY: missing, expected a text; RESULTS_BUCKET: missing, expected a text; "
        'MODEL_TTL_SECONDS: got "soon", expected a number of at least 0'
    )
