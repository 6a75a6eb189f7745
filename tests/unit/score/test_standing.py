"""What a look at the buckets says about an upload, for those who do not deliver it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from score.delivery import Mismatch, deliver, standing
from tests.support.csvs import MALL_ROW, mall_csv
from tests.support.memory_bucket import MemoryBucket
from tests.support.models import mall_model

KEY = "a.csv"
Change = Callable[[MemoryBucket, MemoryBucket], object]


@pytest.mark.parametrize(
    ("change", "mismatch"),
    [
        (lambda uploads, results: None, None),
        (lambda uploads, results: results.server.delete(f"reports/{KEY}.json"), Mismatch.NO_REPORT),
        (lambda uploads, results: results.put(f"reports/{KEY}.json", b"[]"), Mismatch.NO_REPORT),
        (lambda uploads, results: uploads.put(KEY, mall_csv()), Mismatch.OTHER_UPLOAD),
        (lambda uploads, results: uploads.put(KEY, mall_csv(MALL_ROW)), Mismatch.OTHER_UPLOAD),
        (
            lambda uploads, results: results.server.delete(f"scored/{KEY}.parquet"),
            Mismatch.OTHER_OUTPUTS,
        ),
        (lambda uploads, results: results.put(f"rejected/{KEY}.csv", b""), Mismatch.OTHER_OUTPUTS),
    ],
)
def test_the_mismatch_is_the_first_thing_that_does_not_match(
    change: Change, mismatch: Mismatch | None
) -> None:
    uploads, results = MemoryBucket("uploads"), MemoryBucket("results")
    uploads.put(KEY, mall_csv(MALL_ROW))
    deliver(KEY, uploads, results, lambda _: mall_model())

    change(uploads, results)

    now = standing(KEY, uploads, results)
    assert now.mismatch is mismatch
    assert now.version == ("v1" if mismatch is Mismatch.OTHER_OUTPUTS else None)


def test_another_model_is_a_gap_only_where_one_was_asked_for() -> None:
    uploads, results = MemoryBucket("uploads"), MemoryBucket("results")
    uploads.put(KEY, mall_csv(MALL_ROW))
    deliver(KEY, uploads, results, lambda _: mall_model())

    assert standing(KEY, uploads, results, model_version="v1").mismatch is None
    assert standing(KEY, uploads, results, model_version="v2").mismatch is Mismatch.OTHER_MODEL


def test_an_upload_that_is_gone_has_no_gap() -> None:
    now = standing(KEY, MemoryBucket("uploads"), MemoryBucket("results"))

    assert (now.source, now.mismatch) == (None, None)
