"""Powertools' resolver with a boto3 client, as most functions behind an HTTP API begin."""

import json
import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

logger = Logger(service="bench")
metrics = Metrics(namespace="Bench", service="bench")
s3 = boto3.client("s3")
app = APIGatewayHttpResolver()


@app.post("/predictions")
def read() -> dict[str, object]:
    """Answer with something from one object."""
    answer = s3.get_object(Bucket=os.environ["MODELS"], Key=os.environ["MODEL_KEY"])
    return {"version": json.loads(answer["Body"].read())["format_version"]}


@app.get("/nothing")
def nothing() -> dict[str, object]:
    """Answer without doing anything."""
    return {}


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, object]:
    """Answer an event of an HTTP API."""
    return app.resolve(event, context)
