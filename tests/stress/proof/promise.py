"""The promise of delivery, as checks on what stands in the buckets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from score.outputs import Outputs
from tests.stress.proof.figures import Lost, Stale, ensure
from tests.stress.proof.sandbox import rejected_bytes, rows_of, scored_bytes
from tests.support.memory_bucket import MemoryObjects


def report_of(results: MemoryObjects, outputs: Outputs) -> dict[str, Any] | None:
    """Read the report that stands there now."""
    found = results.get(outputs.report)
    if found is None:
        return None
    report: dict[str, Any] = json.loads(found[0])
    return report


def check_whole(
    results: MemoryObjects, outputs: Outputs, puts: Sequence[tuple[str, bytes]]
) -> None:
    """Check that what everybody can see of the two outputs of rows is whole."""
    uploads = {upload for _, upload in puts}
    if outputs.scored in results.objects:
        data, _ = results.objects[outputs.scored]
        upload, _, version = data.rstrip(b".").partition(b" scored by ")
        assert upload in uploads, f"a scored output of no upload: {data!r}"
        assert data == scored_bytes(upload, version.decode()), f"half a scored output: {data!r}"
    if outputs.rejected in results.objects:
        data, _ = results.objects[outputs.rejected]
        assert data in set(map(rejected_bytes, uploads)), f"half a rejected output: {data!r}"


def check_commit(
    results: MemoryObjects, outputs: Outputs, puts: Sequence[tuple[str, bytes]], before: int
) -> int:
    """Check a report at the moment in which it appears.

    Parameters
    ----------
    results
        What stands and stood there.
    outputs
        The keys.
    puts
        The uploads so far, by ETag and bytes.
    before
        Which of them the last report was about; -1: there was none.

    Returns
    -------
    age
        Which of them this one is about.
    """
    report = report_of(results, outputs)
    if report is None:
        return before  # not the whole of it yet
    ages = [age for age, (etag, _) in enumerate(puts) if etag == report["source"]["etag"]]
    assert ages, "a report about an upload that never was"
    age = max(ages)
    ensure(age >= before, "the report went back to an older upload", Stale)
    if outputs.scored is None:
        return age
    upload = puts[age][1]
    named = report["outputs"]
    for name, expected in (
        ("scored", scored_bytes(upload, report["model_version"])),
        ("rejected", rejected_bytes(upload)),
    ):
        found = results.versions.get((named[name]["key"], named[name]["version_id"]))
        assert found == expected, f"the report names a {name} output of another set: {found!r}"
    assert report["rows"] == rows_of(upload)
    assert report["rows"]["read"] == report["rows"]["scored"] + report["rows"]["rejected"]
    return age


def check_settled(
    uploads: MemoryObjects, results: MemoryObjects, key: str, *, exact: bool = True
) -> dict[str, Any]:
    """Check that the outputs of an upload are those of the object that stands there now.

    Not `exact`, they may be other versions with the same bytes.
    """
    source = uploads.head(key)
    assert source is not None
    outputs = Outputs.of(key)
    report = report_of(results, outputs)
    if report is None:
        raise Lost("an upload without a report, and no event that speaks of it")
    named = (report["source"]["etag"], report["source"]["version_id"])
    ensure(named == (source.etag, source.version_id), "the report is of an older upload", Stale)
    for name, output in (("scored", outputs.scored), ("rejected", outputs.rejected)):
        named = report["outputs"][name]
        if output is None:
            assert named is None
            continue
        state = results.head(output)
        if state is None:
            raise Lost(f"no {name} output")
        assert named["key"] == output
        ensure(named["etag"] == state.etag, f"the report names another {name} output", Stale)
        same = not exact or named["version_id"] == state.version_id
        ensure(same, f"the report names another version of the {name} output", Stale)
    return report
