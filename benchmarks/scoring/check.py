"""What a labelled Parquet file holds: to see that every contender found the same.

A program of its own (``python -m benchmarks.scoring.check FILE``, JSON on stdout), so that its
memory is not counted into that of the processes which are measured.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import pyarrow.compute as pc
import pyarrow.parquet


def contents(path: str) -> dict[str, object]:
    """Describe a labelled file.

    Returns
    -------
    description
        ``segments``: customers by segment; ``distance``: the sum of all distances; ``bytes``: of
        each column as stored.
    """
    file = pyarrow.parquet.ParquetFile(path)
    segments: Counter[str] = Counter()
    distance = 0.0
    for batch in file.iter_batches(columns=["segment", "distance"]):
        for one in pc.value_counts(batch["segment"]).to_pylist():
            segments[str(one["values"])] += one["counts"]
        distance += pc.sum(batch["distance"]).as_py() or 0.0
    sizes: Counter[str] = Counter()
    for group in range(file.metadata.num_row_groups):
        for place in range(file.metadata.num_columns):
            column = file.metadata.row_group(group).column(place)
            sizes[column.path_in_schema] += column.total_compressed_size
    return {"segments": dict(sorted(segments.items())), "distance": distance, "bytes": sizes}


if __name__ == "__main__":
    print(json.dumps(contents(sys.argv[1])))
