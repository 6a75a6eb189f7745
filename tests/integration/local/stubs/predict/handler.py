"""Stands in for the predict function: answers with the event it got, or as the path says."""

import json
import time
from typing import Any


def lambda_handler(event: dict[str, Any], context: object) -> Any:
    path = event["rawPath"]
    if path == "/raise":
        raise ValueError("told to raise")
    if path == "/no-json":
        return {"statusCode": 200, "body": object()}
    if path == "/sleep":
        time.sleep(2)
    if path == "/answer":
        return json.loads(event["body"])
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(event),
    }
