"""CSV to labelled Parquet as it is mostly done: pandas, and scikit-learn's model from joblib."""

import io
import os
from typing import Any

import boto3
import joblib  # type: ignore[import-untyped]
import pandas as pd

s3 = boto3.client("s3")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Score the upload of a bare S3 event."""
    where = event["Records"][0]["s3"]
    bucket, key = where["bucket"]["name"], where["object"]["key"]
    model = joblib.load(io.BytesIO(_read(os.environ["MODELS"], "model.joblib")))
    customers = pd.read_csv(io.BytesIO(_read(bucket, key)), dtype={"CustomerID": str})
    points = customers.iloc[:, 1:5].replace({"Gender": {"Female": 0, "Male": 1}}).astype(float)
    customers["segment"] = model.predict(points.to_numpy())
    customers["distance"] = model.transform(points.to_numpy()).min(axis=1)
    out = io.BytesIO()
    customers.to_parquet(out, index=False, compression="zstd")
    results = os.environ["RESULTS_BUCKET"]
    s3.put_object(Bucket=results, Key=f"scored/{key}.parquet", Body=out.getvalue())
    return {"rows": len(customers)}


def _read(bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
