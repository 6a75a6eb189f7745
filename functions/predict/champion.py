"""The champion that this sandbox serves: the composition root of the function."""

from __future__ import annotations

import functools
import os

from botocore.config import Config

from predict.errors import ChampionUnavailable
from predict.settings import Settings
from predict.time_limit import TimeLimitedStore
from segmentation.champion import ChampionCache
from segmentation.errors import NoChampion, SegmentationError
from segmentation.model import Model
from segmentation.registry import Registry
from segmentation_aws.clients import s3_client
from segmentation_aws.observability import count, logger, measure_champion
from segmentation_aws.registry import open_store

# A request that finds S3 slow waits so long for each of two documents, and then serves what it has:
# nothing at the first, so that is worth more patience.
FIRST_SECONDS, SECONDS = 3.0, 0.5

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
    store = TimeLimitedStore(
        open_store(settings.registry, lambda: s3_client(_PATIENCE)), FIRST_SECONDS
    )

    def looked(model: Model) -> None:
        store.seconds = SECONDS
        measure_champion(model)

    ttl = settings.model_ttl_seconds
    return ChampionCache(Registry(store), ttl, on_look=looked, on_stale=_report_stale)


def _report_stale(error: Exception) -> None:
    count("StaleChampion")
    logger.warning("champion not looked up, the last one serves on", reason=str(error))
