"""The report of an upload is one type: what is written is read again, whole or not at all."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from segmentation.drift import Band, Drift, Index
from segmentation.errors import DocumentError
from segmentation.report import (
    Commit,
    FieldWarning,
    Output,
    Refusal,
    Report,
    Rescore,
    Rows,
    SegmentShare,
    Source,
    Status,
    Written,
    readable,
)

SCORED = Report(
    status=Status.PARTLY_SCORED,
    rows=Rows(3, 2, 1),
    reasons={"not_a_number": 1},
    advice="Mend it.",
    segments=[SegmentShare(0, "Größe", 2, 1.0)],
    warnings=[FieldWarning("age", "untypical_value", 1, "age: outside")],
    drift=Drift(2, {"age": Index(0.5, Band.LARGE)}, Index(None, Band.UNTOLD)),
    encoding="utf-8",
    delimiter=",",
    model_version="v1",
    engine_version="1.0",
    bytes_read=99,
    seconds=0.5,
    commit=Commit(
        Source("uploads", "a.csv", '"e"', "1", 99),
        Written(Output("scored/a.csv.parquet", None, '"f"'), None),
        Rescore("2026-01-01T12:00:00.000000+00:00", "v1"),
    ),
)
DOCUMENT: dict[str, Any] = {
    "format": "segmentation-report",
    "format_version": 1,
    "status": "partly_scored",
    "rows": {"read": 3, "scored": 2, "rejected": 1},
    "reasons": {"not_a_number": 1},
    "advice": "Mend it.",
    "segments": [{"id": 0, "name": "Größe", "count": 2, "share": 1.0}],
    "warnings": [
        {"field": "age", "code": "untypical_value", "count": 1, "message": "age: outside"}
    ],
    "drift": {
        "sampled_rows": 2,
        "features": {"age": {"psi": 0.5, "band": "large"}},
        "segments": {"psi": None, "band": "too few rows"},
    },
    "encoding": "utf-8",
    "delimiter": ",",
    "model_version": "v1",
    "engine_version": "1.0",
    "bytes_read": 99,
    "seconds": 0.5,
    "source": {
        "bucket": "uploads",
        "key": "a.csv",
        "etag": '"e"',
        "version_id": "1",
        "size": 99,
    },
    "outputs": {
        "scored": {"key": "scored/a.csv.parquet", "version_id": None, "etag": '"f"'},
        "rejected": None,
    },
    "rescore": {"requested_at": "2026-01-01T12:00:00.000000+00:00", "model_version": "v1"},
}
REFUSED = Report(
    status=Status.REFUSED,
    refusal=Refusal("empty", "the file is empty"),
    rows=Rows(0, 0, 0),
    reasons={},
    segments=[],
    warnings=[],
    drift=None,
    model_version="v1",
    engine_version="1.0",
    bytes_read=0,
    seconds=0.0,
)


def changed(*path: str | int, value: object = None, remove: bool = False) -> bytes:
    document = copy.deepcopy(DOCUMENT)
    holder: Any = document
    for name in path[:-1]:
        holder = holder[name]
    if remove:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return json.dumps(document).encode()


def test_a_report_is_written_field_by_field_in_this_order() -> None:
    written = SCORED.to_json()

    assert written == (json.dumps(DOCUMENT, indent=2, ensure_ascii=False) + "\n").encode()


def test_a_refused_file_has_a_refusal_and_tells_nothing_of_its_rows() -> None:
    written = json.loads(REFUSED.to_json())

    assert list(written) == [
        *("format", "format_version", "status", "refusal", "rows", "reasons", "segments"),
        *("warnings", "drift", "model_version", "engine_version", "bytes_read", "seconds"),
    ]
    assert written["refusal"] == {"code": "empty", "message": "the file is empty"}
    assert written["drift"] is None


@pytest.mark.parametrize("report", [SCORED, REFUSED], ids=["scored", "refused"])
def test_what_is_written_is_read_again(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report
    assert pickle.loads(pickle.dumps(report)) == report


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "report: got a list, expected an object"),
        (b"{", "report: not JSON at line 1 column 2"),
        (changed("format", value="x"), 'report.format: got "x", expected one of segmentation-rep'),
        (changed("format_version", value=2), "report.format_version: got 2, expected at most 1"),
        (changed("status", value="done"), 'report.status: got "done", expected one of scored'),
        (changed("status", value="refused"), "report.refusal: missing, expected an object"),
        (changed("rows", "scored", value=-1), "report.rows.scored: got -1, expected at least 0"),
        (changed("rows", "scored", remove=True), "report.rows.scored: missing"),
        (changed("reasons", "x", value="1"), 'report.reasons.x: got "1", expected a whole number'),
        (changed("segments", 0, "share", value=True), "report.segments[0].share: got true"),
        (changed("warnings", value={}), "report.warnings: got an object, expected a list"),
        (changed("delimiter", value=";;"), 'report.delimiter: got ";;", expected a text like'),
        (changed("drift", "features", "age", "psi"), "report.drift.features.age.psi: missing"),
        (changed("drift", "segments", "band", value="x"), "report.drift.segments.band: got"),
        (changed("seconds", value="1"), 'report.seconds: got "1", expected a number'),
        (changed("source", "size", value=1.5), "report.source.size: got 1.5, expected a whole"),
        (changed("outputs", "scored", "etag"), "report.outputs.scored.etag: missing"),
        (changed("rescore", value=[]), "report.rescore: got a list, expected an object"),
    ],
)
def test_a_report_is_read_whole_or_refused_by_the_name_of_a_field(
    data: bytes, message: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        Report.from_json(data)

    assert str(caught.value).startswith(message)
    assert readable(data) is None


def test_reports_of_earlier_and_later_releases_are_read() -> None:
    earlier = Report.from_json(changed("rescore", remove=True))
    later = Report.from_json(changed("rows", "imputed", value=1))

    assert earlier.commit is not None
    assert earlier.commit.rescore is None
    assert later == SCORED


def test_an_index_says_nothing_where_rows_are_too_few() -> None:
    assert (Index(9.0, Band.UNTOLD).told, Index(9.0, Band.UNTOLD).has_drifted) == (None, False)
    assert (Index(0.3, Band.LARGE).told, Index(0.3, Band.LARGE).has_drifted) == (0.3, True)
    assert not Index(0.0, Band.NONE).has_drifted
