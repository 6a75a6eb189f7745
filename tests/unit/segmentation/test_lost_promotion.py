"""A promotion whose answer was lost is not made a second time over somebody else's."""

from __future__ import annotations

from segmentation.errors import StoreConflict
from segmentation.registry import CHAMPION_KEY, Registry
from tests.support.memory_store import MemoryStore
from tests.support.models import mall_model, registry_of


class LosesOneAnswer(MemoryStore):
    """Writes the alias, lets somebody else promote v2, and answers the first write with 412."""

    lost = False

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        tag = super().put(key, data, expected=expected)
        if key == CHAMPION_KEY and not self.lost:
            self.lost = True
            Registry(self).promote("v2", by="Bo", why="better")
            raise StoreConflict("the answer was lost, and the SDK met its own write")
        return tag


def test_a_promotion_that_took_effect_unnoticed_is_not_repeated() -> None:
    store = LosesOneAnswer()
    store.lost = True
    registry = registry_of(mall_model(), mall_model(), champion="v2", store=store)
    store.lost = False

    alias = registry.promote("v1", by="Al", why="good")

    assert alias.version == "v2"
    assert [(move.version, move.by) for move in alias.history[1:]] == [("v1", "Al"), ("v2", "Bo")]
