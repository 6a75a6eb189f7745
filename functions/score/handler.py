"""Entry point of the score function."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import cache
from typing import Any, Protocol

from score.delivery import Delivered
from score.events import Message, UploadChanged, messages
from score.metrics import record
from score.service import ScoreService, make_service
from segmentation.errors import (
    DocumentError,
    NoChampion,
    RegistryError,
    SettingsError,
    TransientError,
)
from segmentation_aws.observability import count, flush, logger, place_of


@cache
def service() -> ScoreService:
    """Make the service once for each sandbox."""
    return make_service(os.environ)


SPEAKABLE = DocumentError | RegistryError | SettingsError | TransientError
"""Errors that never quote a customer: they speak of documents, settings and stores."""


class Context(Protocol):
    """What the function asks of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Tell how much time is left."""


def lambda_handler(event: object, context: Context) -> dict[str, Any]:
    """Score the uploads that an event speaks of.

    Messages of a queue that fail are handed back to it; the error of a bare event is raised, for
    Lambda to log with its text.
    """
    received = messages(event)
    outcomes: list[dict[str, object]] = []
    failed = []
    try:
        for message in received:
            try:
                delivered = service().handle(message, lambda: _seconds_left(context))
                outcomes += [_recorded(*one) for one in delivered]
            except Exception as exc:
                _put_off(message, exc)
                if not message.id:
                    raise _without_customers(exc) from None
                failed.append({"itemIdentifier": message.id})
    finally:
        flush()
    queued = any(message.id for message in received)
    return {"batchItemFailures": failed} if queued else {"uploads": outcomes}


def _seconds_left(context: Context) -> float:
    return context.get_remaining_time_in_millis() / 1000


def _recorded(upload: UploadChanged, delivered: Delivered) -> dict[str, object]:
    report = delivered.report
    facts = {
        "status": report.status if report else "deleted",
        "rows": asdict(report.rows) if report else {},
        "written": delivered.written,
    }
    model = report.model_version if report else None
    logger.info("upload delivered", extra={**facts, "model": model})
    if report and delivered.written:
        record(report)
    return {"bucket": upload.bucket, "key": upload.key, **facts}


def _put_off(message: Message, error: Exception) -> None:
    facts: dict[str, object] = {"error": type(error).__name__, "place": place_of(error)}
    if isinstance(error, SPEAKABLE):
        facts["reason"] = str(error)
    if isinstance(error, TransientError | NoChampion):
        count("UploadsPutOff")
        logger.warning("upload put off", extra=facts | {"seconds": service().retry_soon(message)})
    else:
        count("UploadsFailed")
        logger.error("upload failed", extra=facts)


def _without_customers(error: Exception) -> Exception:
    if isinstance(error, SPEAKABLE):
        return error
    return RuntimeError(f"{type(error).__name__}, see the place in the log")
