"""Stands in for the score function: keeps every event it gets, and does what the key says."""

import json
import os
import time
from typing import Any
from urllib.parse import unquote_plus

import boto3

s3 = boto3.client("s3")


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "rescore" in event:
        if event["rescore"]["key"].endswith("raise.csv"):
            raise ValueError("told to raise")
        keep(f"rescored/{event['rescore']['key']}", event)
        return {"uploads": []}
    remaining = context.get_remaining_time_in_millis()
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        if body.get("Event") == "s3:TestEvent":
            keep("s3-test-event", {"event": event})
        for notification in body.get("Records", []):
            key = unquote_plus(notification["s3"]["object"]["key"])
            print(json.dumps({"level": "WARNING", "message": "handling", "error": "Something"}))
            if key.startswith("raise"):
                raise ValueError("told to raise")
            if key.startswith("exit"):
                os._exit(3)
            if key.startswith("sleep"):
                time.sleep(600)
            if key.startswith("put-off"):
                failed.append({"itemIdentifier": record["messageId"]})
                continue
            kept = {
                "event": event,
                "notification": notification,
                "remaining_ms": remaining,
                "environment": dict(os.environ),
                "context": {
                    "function_name": context.function_name,
                    "memory_limit_in_mb": context.memory_limit_in_mb,
                    "invoked_function_arn": context.invoked_function_arn,
                    "aws_request_id": context.aws_request_id,
                    "log_group_name": context.log_group_name,
                },
            }
            keep(f"reports/{key}.json", kept)
    return {"batchItemFailures": failed}


def keep(key: str, content: object) -> None:
    s3.put_object(Bucket=os.environ["RESULTS_BUCKET"], Key=key, Body=json.dumps(content))
