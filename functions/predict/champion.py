"""The champion that this sandbox serves: the composition root of the function."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, cast

import botocore.session
from botocore.config import Config

from predict.errors import ChampionUnavailable
from predict.settings import Settings
from segmentation.champion import ChampionCache
from segmentation.errors import NoChampion, SegmentationError
from segmentation.model import Model
from segmentation_aws.observability import count, logger, measure_champion
from segmentation_aws.registry import open_registry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# A request that finds S3 hanging waits for 3 seconds at most, and then serves what it has.
_PATIENCE = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"total_max_attempts": 2, "mode": "standard"},
)


def champion() -> Model:
    """Give the model that serves.

    Raises
    ------
    ChampionUnavailable
        Nothing was promoted yet, or it cannot be read and no older one is at hand.
    SettingsError, RegistryError
        The function is configured wrongly.
    """
    cache = _cache()
    try:
        return cache.get()
    except NoChampion as exc:
        raise ChampionUnavailable("no model has been promoted yet") from exc
    except SegmentationError as exc:
        raise ChampionUnavailable("the model cannot be read at the moment") from exc


@functools.cache
def _cache() -> ChampionCache:
    settings = Settings.from_env(os.environ)
    registry = open_registry(settings.registry, _s3_client)
    ttl = settings.model_ttl_seconds
    return ChampionCache(registry, ttl, on_look=measure_champion, on_stale=_report_stale)


def _s3_client() -> S3Client:
    # What boto3.client gives, without boto3: importing that takes longer than all of our code.
    session = botocore.session.get_session()
    return cast("S3Client", session.create_client("s3", config=_PATIENCE))


def _report_stale(error: Exception) -> None:
    count("StaleChampion")
    logger.warning("champion not looked up, the last one serves on", reason=str(error))
