"""The champion of a serving process: when it is looked up, and what serves when that fails."""

from __future__ import annotations

import pytest

from segmentation.champion import ChampionCache
from segmentation.errors import DocumentError, NoChampion, TransientError
from segmentation.registry import CHAMPION_KEY, Registry, model_key
from segmentation.store import Stored
from tests.support.memory_store import MemoryStore
from tests.support.models import mall_model, registry_of

TTL = 60.0


class CountingStore(MemoryStore):
    """A store that counts reads and can be taken down."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.down = False

    def get(self, key: str) -> Stored | None:
        self.reads.append(key)
        if self.down:
            raise TransientError("the store is down")
        return super().get(key)


class Serving:
    """A cache with a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.now = 1000.0
        self.seen: list[str] = []
        self.stale: list[Exception] = []
        self.registry = Registry(self.store)
        self.cache = ChampionCache(
            self.registry,
            TTL,
            on_look=lambda model: self.seen.append(model.version),
            on_stale=self.stale.append,
            clock=lambda: self.now,
        )

    def promote(self, version: str) -> None:
        self.registry.promote(version, by="tests", why="a test needs it")
        self.store.reads.clear()

    def reads(self) -> list[str]:
        reads, self.store.reads = self.store.reads, []
        return reads


@pytest.fixture
def serving() -> Serving:
    serving = Serving()
    registry_of(mall_model(), mall_model(), champion="v1", store=serving.store)
    serving.store.reads.clear()
    return serving


def test_the_champion_is_read_once_and_served_without_reads_until_its_time_is_up(
    serving: Serving,
) -> None:
    first = serving.cache.get()
    assert first.version == "v1"
    assert serving.reads() == [CHAMPION_KEY, model_key("v1")]
    serving.now += TTL - 0.001
    assert serving.cache.get() is first
    assert serving.reads() == []


def test_after_that_only_the_alias_is_read_while_the_champion_stays(serving: Serving) -> None:
    first = serving.cache.get()
    serving.reads()
    serving.now += TTL
    assert serving.cache.get() is first
    assert serving.reads() == [CHAMPION_KEY]
    assert serving.cache.get() is first
    assert serving.reads() == []


def test_a_new_champion_serves_after_the_time(serving: Serving) -> None:
    serving.cache.get()
    serving.promote("v2")
    assert serving.cache.get().version == "v1"
    serving.now += TTL
    assert serving.cache.get().version == "v2"
    assert serving.reads() == [CHAMPION_KEY, model_key("v2")]
    assert serving.stale == []


def test_the_last_champion_serves_on_while_the_store_is_down_and_is_asked_once_a_period(
    serving: Serving,
) -> None:
    first = serving.cache.get()
    serving.store.down = True
    serving.reads()
    serving.now += TTL
    assert serving.cache.get() is first
    assert serving.cache.get() is first
    assert serving.reads() == [CHAMPION_KEY]
    assert [str(error) for error in serving.stale] == ["the store is down"]
    serving.store.down = False
    serving.promote("v2")
    serving.now += TTL
    assert serving.cache.get().version == "v2"
    assert serving.seen == ["v1", "v2"], "told of looks that found one"


def test_a_damaged_new_champion_does_not_replace_the_old_one(serving: Serving) -> None:
    first = serving.cache.get()
    serving.promote("v2")
    serving.store.objects[model_key("v2")] = b"{}"
    serving.now += TTL
    assert serving.cache.get() is first
    assert [type(error) for error in serving.stale] == [DocumentError]


def test_without_an_older_champion_trouble_is_raised_and_tried_again_at_once(
    serving: Serving,
) -> None:
    serving.store.down = True
    with pytest.raises(TransientError):
        serving.cache.get()
    serving.store.down = False
    assert serving.cache.get().version == "v1"


def test_no_champion_is_told_and_looked_for_again_at_once() -> None:
    serving = Serving()
    with pytest.raises(NoChampion):
        serving.cache.get()
    registry_of(mall_model(), store=serving.store)
    assert serving.cache.get().version == "v1"


def test_a_champion_whose_alias_was_removed_serves_no_longer(serving: Serving) -> None:
    serving.cache.get()
    del serving.store.objects[CHAMPION_KEY]
    serving.now += TTL
    with pytest.raises(NoChampion):
        serving.cache.get()
