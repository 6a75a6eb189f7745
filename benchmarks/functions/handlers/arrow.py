"""CSV to labelled Parquet by hand with boto3, pyarrow and numpy: no checks, no conditions.

Reads what the score function reads (champion, model, CSV) and writes its three outputs.
"""

import io
import json
import os
from typing import Any

import boto3
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

s3 = boto3.client("s3")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Score the upload of a bare S3 event."""
    where = event["Records"][0]["s3"]
    bucket, key = where["bucket"]["name"], where["object"]["key"]
    models, results = os.environ["MODELS"], os.environ["RESULTS_BUCKET"]
    champion = json.loads(_read(models, "aliases/champion.json"))["version"]
    model = json.loads(_read(models, f"models/{champion}/model.json"))
    table = pa.csv.read_csv(
        pa.BufferReader(_read(bucket, key)),
        convert_options=pa.csv.ConvertOptions(column_types={"CustomerID": pa.string()}),
    )
    points = np.column_stack(
        [pc.equal(table["Gender"], "Male").to_numpy(), *(table[n].to_numpy() for n in (2, 3, 4))]
    ).astype(np.float64)
    centroids = np.array([segment["centroid"] for segment in model["segments"]])
    squares = ((points[:, None, :] - centroids) ** 2).sum(axis=2)
    nearest = squares.argmin(axis=1)
    names = np.array([segment["name"] for segment in model["segments"]])
    for name, values in {
        "segment": nearest.astype(np.int32),
        "segment_name": names[nearest],
        "distance": np.sqrt(squares.min(axis=1)),
    }.items():
        table = table.append_column(name, pa.array(values))
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    s3.put_object(Bucket=results, Key=f"scored/{key}.parquet", Body=out.getvalue())
    s3.put_object(Bucket=results, Key=f"rejected/{key}.csv", Body=b"")
    report = json.dumps({"rows": table.num_rows}).encode()
    s3.put_object(Bucket=results, Key=f"reports/{key}.json", Body=report)
    return {"rows": table.num_rows}


def _read(bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
