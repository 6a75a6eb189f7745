"""What a labelled file holds, counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.process import run_module


@pytest.mark.parametrize("segments", [[0, 1, 0, 2], []])
def test_customers_are_counted_by_segment_and_distances_added_up(
    tmp_path: Path, segments: list[int]
) -> None:
    table = pa.table(
        {
            "segment": pa.array(segments, pa.int32()),
            "distance": pa.array([0.5, 1.25, 2.0, 4.0][: len(segments)], pa.float64()),
        }
    )
    path = tmp_path / "labelled.parquet"
    pq.write_table(table, path)

    found = json.loads(run_module("benchmarks.scoring.contents", path))

    group = pq.ParquetFile(path).metadata.row_group(0)
    assert found["segments"] == ({"0": 2, "1": 1, "2": 1} if segments else {})
    assert found["distance"] == (7.75 if segments else 0)
    assert found["bytes"] == {
        name: group.column(place).total_compressed_size
        for place, name in enumerate(("segment", "distance"))
    }
