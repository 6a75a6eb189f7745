"""The score function without Lambda: messages in, deliveries out."""

from __future__ import annotations

import contextlib
import functools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from score.delivery import Delivered, deliver
from score.events import Message, UploadChanged, uploads_of
from score.objects import Bucket
from score.s3 import S3Bucket
from score.settings import Settings
from segmentation.champion import ChampionCache
from segmentation.model import Model
from segmentation.registry import Registry
from segmentation_aws.clients import s3_client, sqs_client
from segmentation_aws.observability import measure_champion
from segmentation_aws.registry import open_registry

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 5, 300


@dataclass(frozen=True)
class ScoreService:
    """Brings uploads up to date.

    Parameters
    ----------
    bucket
        Gives the bucket of a name.
    results
        Where outputs go.
    registry
        Holds the versions.
    champion
        Holds the serving one.
    put_off
        Makes a message (by receipt) come back after so many seconds.
    """

    bucket: Callable[[str], Bucket]
    results: Bucket
    registry: Registry
    champion: ChampionCache
    put_off: Callable[[str, int], None]

    def handle(
        self, message: Message, remaining_seconds: Callable[[], float]
    ) -> Iterator[tuple[UploadChanged, Delivered]]:
        """Bring every upload up to date that a message speaks of, in the time that is left.

        Raises
        ------
        DocumentError
            The message, alias or model document is malformed.
        NoChampion, TransientError
            It has to be tried again.
        """
        for upload in uploads_of(message):
            delivered = deliver(
                upload.key,
                self.bucket(upload.bucket),
                self.results,
                self._load,
                model_version=upload.model_version,
                requested_at=upload.requested_at,
                remaining_seconds=remaining_seconds,
            )
            yield upload, delivered

    def _load(self, version: str | None) -> Model:
        return self.champion.get() if version is None else self.registry.load(version)

    def retry_soon(self, message: Message) -> int:
        """Let a failed message come back sooner than its queue would; give the seconds.

        The wait doubles with each receive, within half and one and a half of it by chance, so
        that uploads which failed together do not come back together.
        """
        wait = min(FIRST_RETRY_SECONDS << min(message.receives, 16), LAST_RETRY_SECONDS)
        seconds = round(wait * random.uniform(0.5, 1.5))  # noqa: S311  no secret
        if message.receipt:
            self.put_off(message.receipt, seconds)
        return seconds


def make_service(environ: Mapping[str, str]) -> ScoreService:
    """Compose the service from the environment: the only place that makes clients.

    Raises
    ------
    SettingsError
        Settings are missing or malformed.
    """
    settings = Settings.from_env(environ)
    s3 = s3_client(Config(retries={"mode": "standard"}, max_pool_connections=16))
    registry = open_registry(settings.registry, lambda: s3)
    # Most starts put nothing off, and making a client takes a while.
    sqs = functools.cache(sqs_client)

    def put_off(receipt: str, seconds: int) -> None:
        if not settings.queue_url:
            return
        # Without an answer the message comes back after the queue's own visibility timeout.
        with contextlib.suppress(ClientError, BotoCoreError):
            sqs().change_message_visibility(
                QueueUrl=settings.queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )

    return ScoreService(
        bucket=lambda name: S3Bucket(s3, name),
        results=S3Bucket(s3, settings.results_bucket),
        registry=registry,
        champion=ChampionCache(registry, settings.model_ttl_seconds, on_look=measure_champion),
        put_off=put_off,
    )
