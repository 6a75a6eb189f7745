"""What a Python user would write instead, as fast as an expert makes it: the peers to be measured.

One whole program per peer (``python -m benchmarks.scoring.peers polars INPUT OUTPUT --model
model.json``). Each reads all columns of a mall customers CSV with types given, never inferred, and
writes them to Parquet with the label and the distance, in zstd. Ids stay text.

None of them explains a reject, adds a name, margin or outlier, or notices a bad row. For dirty
files ``--drop-bad`` has them drop what the spec rejects.
"""

from __future__ import annotations

import argparse
import functools
import json
import operator
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEATURES = ("gender", "age", "annual_income", "spending_score")
KNOWN = ("customer_id", *FEATURES)
BOUNDS = {"age": (0, 120), "annual_income": (0, 32_767), "spending_score": (1, 100)}

Centroids = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Job:
    """What to do.

    Parameters
    ----------
    source, output
        The CSV file and the Parquet file.
    header, columns
        Names of the columns in the one and in the other, in order.
    centroids
        Of each segment, over `FEATURES`.
    threads
        How many the machine has for it.
    level
        Of the compression: 1 is the fastest, 3 the default of zstd.
    drop_bad
        Whether there are rows to drop.
    """

    source: str
    output: str
    header: list[str]
    columns: list[str]
    centroids: Centroids
    threads: int
    level: int
    drop_bad: bool


def run_polars(job: Job) -> None:
    """Label with Polars' streaming engine: one column per distance, then a when/then chain."""
    os.environ["POLARS_MAX_THREADS"] = str(job.threads)
    import polars as pl

    schema = {name: pl.Int16 if name in BOUNDS else pl.String for name in job.columns}
    if job.drop_bad:
        # A field too many lands in a column of its own; errors and missing fields become null.
        customers = pl.scan_csv(
            job.source,
            has_header=False,
            skip_rows=1,
            schema={**schema, "too_many": pl.String},
            ignore_errors=True,
            missing_columns="insert",
        ).filter(
            pl.col("too_many").is_null(),
            pl.col(job.columns[-1]).is_not_null(),
            pl.col("gender").is_in(["Female", "Male"]),
            *(pl.col(name).is_between(low, high) for name, (low, high) in BOUNDS.items()),
        )
    else:
        customers = pl.scan_csv(job.source, has_header=False, skip_rows=1, schema=schema)
    points = [f"point_{place}" for place in range(len(FEATURES))]
    squares = []
    for centroid in job.centroids:
        parts = [pl.col(name) - centre for name, centre in zip(points, centroid, strict=True)]
        squares.append(functools.reduce(operator.add, (part * part for part in parts)))
    names = [f"square_{index}" for index in range(len(job.centroids))]
    chain: Any = pl.when(pl.col(names[0]) == pl.col("least")).then(pl.lit(0, pl.Int32))
    for index, name in enumerate(names[1:-1], 1):
        chain = chain.when(pl.col(name) == pl.col("least")).then(pl.lit(index, pl.Int32))
    (
        customers.with_columns(
            (pl.col("gender") == "Male").cast(pl.Float64).alias(points[0]),
            *(
                pl.col(feature).cast(pl.Float64).alias(name)
                for feature, name in zip(FEATURES[1:], points[1:], strict=True)
            ),
        )
        .with_columns(square.alias(name) for square, name in zip(squares, names, strict=True))
        .with_columns(pl.min_horizontal(names).alias("least"))
        .select(
            *job.columns,
            chain.otherwise(pl.lit(len(names) - 1, pl.Int32)).alias("segment"),
            pl.col("least").sqrt().alias("distance"),
        )
        .sink_parquet(
            job.output, compression="zstd", compression_level=job.level, engine="streaming"
        )
    )


def run_duckdb(job: Job) -> None:
    """Label with one SQL query in DuckDB."""
    import duckdb

    types = {name: "SMALLINT" if name in BOUNDS else "VARCHAR" for name in job.columns}
    types["gender"] = "ENUM(''Female'', ''Male'')"
    typed = ", ".join(f"'{name}': '{one}'" for name, one in types.items())
    valid = " AND ".join(f"{name} BETWEEN {low} AND {high}" for name, (low, high) in BOUNDS.items())
    # Errors drop a row of themselves, an unknown gender included.
    where = f"WHERE gender IS NOT NULL AND {valid}" if job.drop_bad else ""
    points = [f"point_{place}" for place in range(len(FEATURES))]
    casts = ["(gender = 'Male')::DOUBLE", *(f"{name}::DOUBLE" for name in FEATURES[1:])]
    pointed = ", ".join(f"{cast} AS {name}" for cast, name in zip(casts, points, strict=True))
    squares = []
    for index, centroid in enumerate(job.centroids):
        parts = [
            f"({name} - {centre!r}::DOUBLE)" for name, centre in zip(points, centroid, strict=True)
        ]
        squares.append(f"{' + '.join(f'{part} * {part}' for part in parts)} AS square_{index}")
    names = [f"square_{index}" for index in range(len(job.centroids))]
    chain = " ".join(f"WHEN {name} THEN {index}::INTEGER" for index, name in enumerate(names[:-1]))
    query = f"""
        COPY (
            SELECT {", ".join(job.columns)},
                CASE least {chain} ELSE {len(names) - 1}::INTEGER END AS segment,
                sqrt(least) AS distance
            FROM (
                SELECT *, least({", ".join(names)}) AS least
                FROM (
                    SELECT *, {", ".join(squares)}
                    FROM (
                        SELECT *, {pointed}
                        FROM read_csv('{job.source}', header = true, auto_detect = false,
                            delim = ',', quote = '"', escape = '"', columns = {{{typed}}},
                            ignore_errors = {str(job.drop_bad).lower()})
                        {where}
                    )
                )
            )
        ) TO '{job.output}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {job.level})"""  # noqa: S608  the benchmarks' own file names
    duckdb.connect(config={"threads": job.threads}).execute(query)


def run_pandas(job: Job) -> None:
    """Label with scikit-learn's ``KMeans.predict`` and ``transform`` over a pandas table."""
    for library in ("OMP", "OPENBLAS"):
        os.environ[f"{library}_NUM_THREADS"] = str(job.threads)
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from sklearn.cluster import KMeans

    pa.set_cpu_count(job.threads)
    number = "str" if job.drop_bad else "int16"
    read = dict(zip(job.header, job.columns, strict=True))
    customers = pd.read_csv(
        job.source,
        engine="pyarrow",
        usecols=[*read],
        dtype={header: number if name in BOUNDS else "str" for header, name in read.items()},
        on_bad_lines="skip" if job.drop_bad else "error",
    ).rename(columns=read)
    if job.drop_bad:
        good = customers["gender"].isin(["Female", "Male"])
        for name, (low, high) in BOUNDS.items():
            customers[name] = pd.to_numeric(customers[name], errors="coerce")
            good &= customers[name].between(low, high)
        customers = customers[good].astype(dict.fromkeys(BOUNDS, "int16"))
    points = np.empty((len(customers), len(FEATURES)))
    points[:, 0] = customers["gender"] == "Male"
    for place, name in enumerate(FEATURES[1:], 1):
        points[:, place] = customers[name]
    centres = np.array(job.centroids)
    model = KMeans(n_clusters=len(centres), init=centres, n_init=1, max_iter=1).fit(centres)
    model.cluster_centers_ = centres
    customers["segment"] = model.predict(points)
    customers["distance"] = model.transform(points).min(axis=1)
    labelled = customers[[*job.columns, "segment", "distance"]]
    labelled.to_parquet(job.output, index=False, compression="zstd", compression_level=job.level)


PEERS: dict[str, Callable[[Job], None]] = {
    "pandas": run_pandas,
    "duckdb": run_duckdb,
    "polars": run_polars,
}


def main() -> None:
    """Run one peer."""
    arguments = argparse.ArgumentParser(description="Label a CSV of mall customers.")
    arguments.add_argument("peer", choices=PEERS)
    arguments.add_argument("source", type=Path)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--level", type=int, default=1)
    arguments.add_argument("--drop-bad", action="store_true")
    chosen = arguments.parse_args()
    model = json.loads(chosen.model.read_bytes())
    with chosen.source.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    PEERS[chosen.peer](
        Job(
            str(chosen.source),
            str(chosen.output),
            header,
            [*KNOWN, *header[len(KNOWN) :]],
            [segment["centroid"] for segment in model["segments"]],
            chosen.threads,
            chosen.level,
            chosen.drop_bad,
        )
    )


if __name__ == "__main__":
    main()
