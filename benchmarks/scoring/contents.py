"""What a labelled Parquet file holds: to see that every contender found the same.

A program of its own (``python -m benchmarks.scoring.contents FILE``, JSON on stdout), so that its
memory is not counted into that of the processes which are measured. ``segments``: customers by
segment; ``distance``: the sum of all distances; ``bytes``: of each column as stored.
"""

from __future__ import annotations

import json
import sys

import duckdb

SEGMENTS = "SELECT segment, count(*), sum(distance) FROM read_parquet(?) GROUP BY 1 ORDER BY 1"
SIZES = """
SELECT path_in_schema, sum(total_compressed_size)::BIGINT FROM parquet_metadata(?) GROUP BY 1
"""

if __name__ == "__main__":
    segments = duckdb.execute(SEGMENTS, sys.argv[1:]).fetchall()
    contents = {
        "segments": {segment: count for segment, count, _ in segments},
        "distance": sum(distance for *_, distance in segments),
        "bytes": dict(duckdb.execute(SIZES, sys.argv[1:]).fetchall()),
    }
    print(json.dumps(contents))
