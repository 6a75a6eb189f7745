"""The champion as a serving process keeps it: read again after a while, kept when that fails."""

from __future__ import annotations

import time
from collections.abc import Callable

from segmentation.errors import NoChampion, SegmentationError
from segmentation.model import Model
from segmentation.registry import Registry


class ChampionCache:
    """Holds the serving model and looks for a new one at most every `ttl_seconds`.

    Parameters
    ----------
    registry
        Where the champion is found.
    ttl_seconds
        How long an answer may rest on the last look.
    on_look
        Told the champion after each look.
    on_stale
        Told the error when a look fails while an older champion goes on serving.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        registry: Registry,
        ttl_seconds: float,
        on_look: Callable[[Model], None] = lambda _: None,
        on_stale: Callable[[Exception], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._ttl = ttl_seconds
        self._on_look = on_look
        self._on_stale = on_stale
        self._clock = clock
        self._model: Model | None = None
        self._looked = 0.0

    def get(self) -> Model:
        """Give the champion.

        Raises
        ------
        NoChampion
            Nothing was promoted yet.
        DocumentError, TransientError
            There is no older champion to go on with.
        """
        if self._model is not None and self._clock() - self._looked < self._ttl:
            return self._model
        try:
            version = self._registry.champion_version()
            if self._model is None or self._model.version != version:
                self._model = self._registry.load(version)
        except SegmentationError as exc:
            if self._model is None or isinstance(exc, NoChampion):
                self._model = None
                raise
            self._on_stale(exc)
        else:
            self._on_look(self._model)
        self._looked = self._clock()
        return self._model
