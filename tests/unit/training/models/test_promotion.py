"""The gate names what would break, and nothing else keeps a version from serving."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from segmentation.criteria import Criteria
from segmentation.errors import StoreConflict, UnknownVersion
from segmentation.model import Model
from segmentation.registry import CHAMPION_KEY, Registry
from segmentation.spec import Spec
from segmentation.store import Stored
from tests.support.memory_store import MemoryStore
from tests.support.models import mall_model, registry_of, shopper_model
from training.errors import PromotionRefused
from training.models.promotion import promote, refusals

CHAMPION = mall_model("v1")


def changed(change: Callable[[dict[str, Any]], None], model: Model = CHAMPION) -> Model:
    """Give the next version of a model, with another spec."""
    raw = copy.deepcopy(model.spec.to_dict())
    change(raw)
    return replace(model, version="v2", spec=Spec.from_dict(raw))


def with_silhouette(value: float | None) -> Model:
    return replace(CHAMPION, version="v2", metrics=Criteria(3, silhouette=value))


def with_smallest_share(share: float) -> Model:
    *others, last = CHAMPION.segments
    return replace(CHAMPION, version="v2", segments=(*others, replace(last, share=share)))


def test_an_equal_retrain_passes() -> None:
    assert refusals(replace(CHAMPION, version="v2"), CHAMPION) == []


def test_the_first_champion_is_compared_with_nothing() -> None:
    assert refusals(CHAMPION, None) == []


def test_more_segments_pass() -> None:
    fewer = replace(CHAMPION, segments=CHAMPION.segments[:2])

    assert refusals(replace(CHAMPION, version="v2"), fewer) == []


def test_a_smaller_k_drops_an_id_that_callers_know() -> None:
    candidate = replace(CHAMPION, version="v2", segments=CHAMPION.segments[:2])

    assert refusals(candidate, CHAMPION) == [
        'segment ids that callers know are gone: 2 "Young Low Income - High Spending" '
        "(k = 2, v1 has k = 3)"
    ]


def test_the_same_k_with_another_id_drops_one_too() -> None:
    *others, last = CHAMPION.segments
    candidate = replace(CHAMPION, version="v2", segments=(*others, replace(last, id=9)))

    (reason,) = refusals(candidate, CHAMPION)

    assert "gone: 2" in reason


@pytest.mark.parametrize(("value", "refused"), [(0.151, False), (0.149, True), (None, False)])
def test_a_silhouette_far_below_the_champions_is_refused(
    value: float | None, refused: bool
) -> None:
    reasons = refusals(with_silhouette(value), CHAMPION)  # the champion's is 0.25

    assert bool(reasons) is refused
    if refused:
        assert reasons == ["silhouette 0.149 is far below the 0.250 of v1, expected at least 0.150"]


@pytest.mark.parametrize(("share", "refused"), [(0.01, False), (0.0099, True)])
@pytest.mark.parametrize("champion", [CHAMPION, None])
def test_a_segment_under_one_per_cent_is_refused(
    share: float, refused: bool, champion: Model | None
) -> None:
    reasons = refusals(with_smallest_share(share), champion)

    assert bool(reasons) is refused
    if refused:
        assert reasons == [
            'segment 2 "Young Low Income - High Spending" has 0.99% of the customers, '
            "expected at least 1%"
        ]


def drop_age(raw: dict[str, Any]) -> None:
    del raw["features"][1]
    del raw["naming"]["prefixes"]


def add_visits(raw: dict[str, Any]) -> None:
    raw["features"].append({"name": "visits", "kind": "numeric"})


def change_unit(raw: dict[str, Any]) -> None:
    raw["features"][2]["unit"] = "dollars a year"


def narrow_bounds(raw: dict[str, Any]) -> None:
    raw["features"][1]["valid"] = {"min": 18, "max": 120}


def drop_alias(raw: dict[str, Any]) -> None:
    raw["features"][0]["aliases"] = ["Genre"]


def drop_category_alias(raw: dict[str, Any]) -> None:
    raw["features"][0]["categories"][0]["aliases"] = ["F"]


def swap_categories(raw: dict[str, Any]) -> None:
    raw["features"][0]["categories"][0]["aliases"] = ["F", "1"]
    raw["features"][0]["categories"][1]["aliases"] = ["M", "0"]


def become_numeric(raw: dict[str, Any]) -> None:
    gender = raw["features"][0]
    raw["features"][0] = {name: gender[name] for name in ("name", "title", "aliases")}
    raw["features"][0]["kind"] = "numeric"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (drop_age, 'feature "age" of v1 is gone'),
        (add_visits, 'feature "visits" is new, callers of v1 do not send it'),
        (
            change_unit,
            'feature "annual_income" changed: unit "thousand dollars a year" became '
            '"dollars a year"',
        ),
        (narrow_bounds, 'feature "age" changed: valid is 18 to 120, it was 0 to 120'),
        (drop_alias, 'feature "gender" changed: it is no longer found as "Sex"'),
        (drop_category_alias, 'feature "gender" changed: it no longer accepts "0"'),
        (swap_categories, 'feature "gender" changed: "0" meant Female and now means Male'),
        (become_numeric, 'feature "gender" changed: kind categorical became numeric'),
    ],
)
def test_what_callers_send_must_keep_its_meaning(
    change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    assert reason in refusals(changed(change), CHAMPION)


def widen(raw: dict[str, Any]) -> None:
    raw["features"][1]["valid"] = {"min": 0}
    raw["features"][1]["typical"] = {"min": 10}
    raw["features"][1]["aliases"] = ["Years"]
    raw["features"][0]["categories"][0]["aliases"] += ["W"]
    raw["features"][2]["scaling"] = "standard"


def test_what_only_adds_passes() -> None:
    assert refusals(changed(widen), CHAMPION) == []


def test_another_kind_of_customer_is_refused_whole() -> None:
    reasons = refusals(replace(shopper_model(), version="v2"), CHAMPION)

    assert reasons[:4] == [
        f'feature "{name}" of v1 is gone'
        for name in ("gender", "age", "annual_income", "spending_score")
    ]
    assert [reason.split('"')[1] for reason in reasons[4:7]] == ["plan", "visits", "spend"]


def test_a_version_that_passes_serves_with_who_and_why() -> None:
    registry = registry_of(mall_model(), mall_model(), champion="v1")

    alias = promote(registry, "v2", by="ada", why="better names")

    assert (alias.version, alias.history[-1].previous) == ("v2", "v1")
    assert (alias.history[-1].by, alias.history[-1].why) == ("ada", "better names")
    assert registry.champion_version() == "v2"


def test_a_refused_version_stays_published_and_the_champion_serves_on() -> None:
    registry = registry_of(mall_model(), with_silhouette(-0.5), champion="v1")

    with pytest.raises(PromotionRefused) as caught:
        promote(registry, "v2", by="ada", why="")

    assert str(caught.value).startswith("v2 was not promoted: silhouette -0.500 is far below")
    assert "--force" in str(caught.value)
    assert caught.value.reasons == (
        "silhouette -0.500 is far below the 0.250 of v1, expected at least 0.150",
    )
    assert registry.champion_version() == "v1"
    assert registry.versions() == ["v1", "v2"]


def test_force_overrides_the_gate() -> None:
    registry = registry_of(mall_model(), with_silhouette(-0.5), champion="v1")

    assert promote(registry, "v2", by="ada", why="I know", force=True).version == "v2"


def test_force_gets_past_a_champion_that_is_damaged() -> None:
    store = MemoryStore()
    registry = registry_of(mall_model(), mall_model(), champion="v1", store=store)
    store.objects["models/v1/model.json"] = b"{}"

    assert promote(registry, "v2", by="ada", why="v1 broke", force=True).version == "v2"


def test_the_champion_is_not_promoted_again() -> None:
    registry = registry_of(mall_model())

    alias = promote(registry, "v1", by="ada", why="again")

    assert len(alias.history) == 1


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(UnknownVersion, match='got version "v7", there is v1'):
        promote(registry_of(mall_model()), "v7", by="ada", why="")


class Contended(MemoryStore):
    """Lets somebody else promote just before each of the first writes of the alias."""

    def __init__(self, others: list[str]) -> None:
        super().__init__()
        self.others = others
        self.armed = False

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        if key == CHAMPION_KEY and self.armed and self.others:
            self.armed = False
            Registry(self).promote(self.others.pop(0), by="bob", why="first")
            self.armed = True
        return super().put(key, data, expected=expected)


def test_a_champion_that_moved_meanwhile_is_judged_against_anew() -> None:
    store = Contended(["v2"])
    better = replace(CHAMPION, metrics=Criteria(3, silhouette=0.9))
    registry = registry_of(CHAMPION, better, replace(CHAMPION), champion="v1", store=store)
    store.armed = True

    # v3 passes against v1, but v2 was promoted before it and is far better.
    with pytest.raises(PromotionRefused, match=r"far below the 0\.900 of v2"):
        promote(registry, "v3", by="ada", why="")

    assert registry.champion_version() == "v2"


def test_both_of_two_promotions_at_once_stand_in_the_history() -> None:
    store = Contended(["v2"])
    registry = registry_of(CHAMPION, CHAMPION, CHAMPION, champion="v1", store=store)
    store.armed = True

    alias = promote(registry, "v3", by="ada", why="second")

    assert [move.version for move in alias.history] == ["v1", "v2", "v3"]


def test_a_champion_that_never_rests_is_an_error_in_the_end() -> None:
    store = Contended(["v2", "v3"] * 10)
    registry = registry_of(CHAMPION, CHAMPION, CHAMPION, CHAMPION, champion="v1", store=store)
    store.armed = True

    with pytest.raises(StoreConflict, match="kept moving"):
        promote(registry, "v4", by="ada", why="")

    assert isinstance(store.get(CHAMPION_KEY), Stored)


def test_an_id_that_means_another_segment_is_refused() -> None:
    first, second, third = CHAMPION.segments
    swapped = replace(
        CHAMPION,
        version="v2",
        segments=(replace(second, id=0), replace(first, id=1), third),
    )

    assert refusals(swapped, CHAMPION) == [
        'segment id 0 "High Income - High Spending" lies where v1 has 1 "High Income - High '
        'Spending", callers know another segment by this id',
        'segment id 1 "Low Income - Low Spending" lies where v1 has 0 "Low Income - Low '
        'Spending", callers know another segment by this id',
    ]


def test_a_segment_that_drifts_keeps_its_meaning() -> None:
    first, second, third = CHAMPION.segments
    # 15 thousand dollars towards segment 1, whose centre is 60 away from here.
    drifted = replace(first, centroid=(0.5, 45.0, 75.0, 35.0))

    assert (
        refusals(replace(CHAMPION, version="v2", segments=(drifted, second, third)), CHAMPION) == []
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"metrics": Criteria(3, stability=0.95)}, {"metrics": Criteria(3, stability=0.8)}),
        (
            {"sweep": (Criteria(2, stability=0.1), Criteria(3, stability=0.95))},
            {"sweep": (Criteria(2, stability=0.9), Criteria(3, stability=0.8))},
        ),
    ],
    ids=["in the metrics", "in the sweep"],
)
def test_a_stability_far_below_the_champions_is_refused(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    champion, candidate = replace(CHAMPION, **old), replace(CHAMPION, version="v2", **new)

    assert refusals(candidate, champion) == [
        "stability 0.800 is far below the 0.950 of v1, expected at least 0.850"
    ]
    assert refusals(candidate, CHAMPION) == []  # a champion of an older release has none
    assert refusals(CHAMPION, champion) == []
