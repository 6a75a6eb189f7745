"""Segment ids stay true across retrains: reshuffled, resampled, drifted, with another k."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentation.criteria import Criteria
from segmentation.model import Model, Segment
from segmentation.profile import FeatureProfile, Profile
from segmentation.registry import Registry
from segmentation.training_record import Succession
from tests.support.customers import mall_file, read, sample_file, with_mall_file
from tests.support.memory_store import MemoryStore
from tests.support.models import mall_model, numeric_features, registry_of, shopper_model
from training.clustering.scaling import fit_columns, scaled
from training.data.dataset import Dataset
from training.models.matching import (
    good_matches,
    highest_id_given,
    moved_between,
    same_space,
    succeed,
    with_fresh_ids,
)
from training.models.naming import name_segments
from training.models.profile import z_scores

INCOME, SCORE = 2, 3
K = 6
"""The groups of the generated customers, 0 to 5 in order of their size."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return read(sample_file(tmp_path_factory.mktemp("data") / "customers.csv", 800))


@pytest.fixture(scope="module")
def champion(data: Dataset) -> Model:
    """A champion whose ids are no indices, and whose names people have edited."""
    model = trained(data)
    return replace(
        model.with_version("v3"),
        segments=tuple(
            replace(segment, id=10 + 2 * segment.id, name=f"Ours {segment.id}", advice="Do this")
            for segment in model.segments
        ),
    )


def trained(dataset: Dataset, k: int = K) -> Model:
    """Train as the job does, without looking for the best k, which takes most of its time."""
    columns = fit_columns(dataset)
    points = scaled(columns, dataset.encoded)
    with threadpool_limits(1):  # several threads wait for each other on a busy machine
        fitted = KMeans(k, n_init=8, random_state=0).fit(points)
    sizes = np.bincount(fitted.labels_)
    order = np.argsort(-sizes)
    centroids = fitted.cluster_centers_[order]
    units = [[c.in_units(x) for c, x in zip(columns, row, strict=True)] for row in centroids]
    z = z_scores(dataset, np.array(units))
    return replace(
        mall_model(),
        metrics=replace(mall_model().metrics, k=k),
        spec=dataset.spec,
        columns=columns,
        segments=tuple(
            Segment(
                id=position,
                name=name.name,
                description=name.description,
                advice=name.advice,
                size=int(sizes[order[position]]),
                share=float(sizes[order[position]] / dataset.rows),
                centroid=tuple(centroids[position].tolist()),
                radius=1.0,
                profile=Profile({one: FeatureProfile(z=z[position][one]) for one in z[position]}),
            )
            for position, name in enumerate(name_segments(dataset.spec.naming, z))
        ),
        highest_id=-1,
    )


def of(dataset: Dataset, rows: np.ndarray) -> Dataset:
    return replace(dataset, encoded=rows)


def succession(model: Model) -> Succession:
    assert model.training.succeeds
    return model.training.succeeds


def names(model: Model) -> dict[int, str]:
    return {segment.id: segment.name for segment in model.segments}


def centre_ids(model: Model, centres: Iterable[tuple[float, ...]]) -> list[int]:
    """Give the id of the segment nearest to each centre, by hand."""
    ids = [segment.id for segment in model.segments]
    centroids = np.array([segment.centroid for segment in model.segments])
    return [
        ids[int(np.linalg.norm(centroids - np.array(centre), axis=1).argmin())]
        for centre in centres
    ]


def kept_ids(new: Model, champion: Model) -> list[int]:
    """Give the champion's ids that are still where they were."""
    found = centre_ids(new, [segment.centroid for segment in champion.segments])
    return [one for one, segment in zip(found, champion.segments, strict=True) if one == segment.id]


class TestTheSameSegments:
    def test_keep_ids_names_and_advice_when_the_rows_are_reshuffled(
        self, data: Dataset, champion: Model
    ) -> None:
        shuffled = of(data, np.random.default_rng(1).permutation(data.encoded))

        new = succeed(trained(shuffled), shuffled, champion, champion.highest_id)

        assert names(new) == names(champion)
        assert [segment.id for segment in new.segments] == [10, 12, 14, 16, 18, 20]
        assert {segment.advice for segment in new.segments} == {"Do this"}
        assert kept_ids(new, champion) == [10, 12, 14, 16, 18, 20]
        assert list(succession(new).retired) == []

    @pytest.mark.parametrize("seed", [2, 3])
    def test_keep_them_when_the_customers_are_drawn_anew(
        self, data: Dataset, champion: Model, seed: int
    ) -> None:
        rows = np.random.default_rng(seed).integers(0, data.rows, data.rows)
        resampled = of(data, data.encoded[rows])

        new = succeed(trained(resampled), resampled, champion, champion.highest_id)

        assert names(new) == names(champion)
        assert kept_ids(new, champion) == sorted(names(champion))

    def test_keep_them_when_incomes_rise(self, data: Dataset, champion: Model) -> None:
        # 8 % more money for everybody: the centres of the rich move by 7 thousand dollars.
        rows = data.encoded.copy()
        rows[:, INCOME] *= 1.08
        drifted = of(data, rows)

        new = succeed(trained(drifted), drifted, champion, champion.highest_id)

        assert names(new) == names(champion)

    def test_keep_them_under_another_scaling(self, data: Dataset, champion: Model) -> None:
        spec = replace(
            data.spec,
            features=(
                data.spec.features[0],
                *(
                    replace(one, scaling="standard", weight=2.0)
                    for one in numeric_features(data.spec)
                ),
            ),
        )
        restated = replace(data, spec=spec)

        new = succeed(trained(restated), restated, champion, champion.highest_id)

        assert names(new) == names(champion)


class TestAnotherK:
    def test_one_segment_more_gets_an_id_that_nobody_had(
        self, data: Dataset, champion: Model
    ) -> None:
        new = succeed(trained(data, K + 1), data, champion, 40)

        assert set(names(champion)) < set(names(new))
        assert set(names(new)) - set(names(champion)) == {41}
        assert list(succession(new).new) == [41]
        assert new.highest_id == 41

    def test_one_segment_fewer_retires_an_id_for_good(self, data: Dataset, champion: Model) -> None:
        fewer = succeed(trained(data, K - 1), data, champion, champion.highest_id)
        (retired,) = set(names(champion)) - set(names(fewer))
        assert len(names(fewer)) == K - 1

        again = succeed(trained(data), data, fewer, highest_id_given(registry_of(fewer)))

        # The segment that came back is a new one: its old id is never given again.
        assert set(names(fewer)) < set(names(again))
        (fresh,) = set(names(again)) - set(names(fewer))
        assert fresh == champion.highest_id + 1
        assert retired not in names(again)


class TestOtherSegments:
    def test_get_new_ids_and_the_names_of_the_rule(self, data: Dataset, champion: Model) -> None:
        # Everybody is somebody else: scores upside down, incomes three times as high.
        rows = data.encoded.copy()
        rows[:, INCOME] *= 3
        rows[:, SCORE] = 100 - rows[:, SCORE]
        other = of(data, rows)

        new = succeed(trained(other), other, champion, champion.highest_id)

        succeeds = succession(new)
        fresh = [segment for segment in new.segments if segment.id > champion.highest_id]
        assert len(fresh) >= 3
        assert not any(segment.name.startswith("Ours") for segment in fresh)
        assert sorted([*succeeds.new, *(one.id for one in succeeds.kept)]) == sorted(names(new))

    def test_of_other_features_are_all_new(self, data: Dataset) -> None:
        champion = shopper_model("v9")

        new = succeed(trained(data), data, champion, champion.highest_id)

        assert [segment.id for segment in new.segments] == [12, 13, 14, 15, 16, 17]
        assert list(succession(new).retired) == [2, 5, 7, 11]

    def test_take_no_name_that_a_kept_segment_has(self, data: Dataset, champion: Model) -> None:
        plain = trained(data, K + 1)
        grabbing = replace(
            champion,
            segments=tuple(
                replace(segment, name=other.name)
                for segment, other in zip(champion.segments, plain.segments[1:], strict=True)
            ),
        )

        new = succeed(plain, data, grabbing, grabbing.highest_id)

        assert len(set(names(new).values())) == K + 1
        assert Model.from_json(new.to_json()) == new


def test_figures_of_each_segment_move_with_it(data: Dataset, champion: Model) -> None:
    plain = trained(data)
    # The champion's ids fall where the new model's rise.
    ids = [segment.id for segment in champion.segments]
    turned = replace(
        champion,
        segments=tuple(
            replace(one, id=ids[-1 - place], name=f"Ours {ids[-1 - place]}")
            for place, one in enumerate(champion.segments)
        )[::-1],
    )
    figures = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
    measured = replace(
        plain,
        metrics=Criteria(K, inertia=1.0, jaccard=figures),
        sweep=(Criteria(2, jaccard=(0.8, 0.9)), Criteria(K, jaccard=figures)),
    )

    new = succeed(measured, data, turned, 40)

    assert [segment.id for segment in new.segments] == ids
    assert new.segments[0].size == plain.segments[-1].size
    assert new.metrics == Criteria(K, inertia=1.0, jaccard=figures[::-1])
    assert new.sweep == (Criteria(2, jaccard=(0.8, 0.9)), Criteria(K, jaccard=figures[::-1]))


def test_overlap_and_closeness_are_those_of_the_definition() -> None:
    old = mall_model()
    # Eight customers: 0 and 1 of them on the old centres, where the new model has only two left.
    centres = [segment.centroid for segment in old.segments]
    rows = np.array([centres[0]] * 4 + [centres[1]] * 3 + [centres[2]])
    data = Dataset(old.spec, rows, "a.csv", "", 1, {})
    new = replace(old, segments=old.segments[:2])  # (…, 26, 30, 70) is nearer to (…, 45, 60, 35)

    assert moved_between(old, new, data).tolist() == [[4, 0], [0, 3], [1, 0]]
    found = good_matches(old, new, data)

    assert [(match.position, match.id) for match in found] == [(0, 0), (1, 1)]
    # 4 customers in both, 5 in either; 3 of 3; both centres stand where they stood.
    assert [match.overlap for match in found] == [0.8, 1.0]
    assert [match.closeness for match in found] == [1.0, 1.0]


def test_a_segment_halfway_to_another_is_neither() -> None:
    old = mall_model()
    first, second, third = old.segments
    middle = tuple((a + b) / 2 for a, b in zip(first.centroid, third.centroid, strict=True))
    new = replace(old, segments=(replace(first, centroid=middle), second))
    # Of each old segment one customer: the middle one takes both, half of either is overlap.
    data = Dataset(
        old.spec, np.array([first.centroid, second.centroid, third.centroid]), "", "", 1, {}
    )

    assert [match.id for match in good_matches(old, new, data) if match.score > 0.5] == [1]


def test_specs_are_of_one_space_where_they_read_the_same_numbers() -> None:
    mall, shoppers = mall_model().spec, shopper_model().spec
    *_, score = numeric_features(mall)
    standardised = replace(mall, features=(*mall.features[:3], replace(score, scaling="standard")))
    renamed = replace(mall, features=(*mall.features[:3], replace(score, unit="euros")))

    assert same_space(mall, standardised)
    assert not same_space(mall, renamed)
    assert not same_space(mall, shoppers)


@with_mall_file
@pytest.mark.parametrize(
    ("k", "kept", "new"),
    [(5, [0, 1, 3, 4, 5], []), (6, [0, 1, 2, 3, 4, 5], []), (7, [0, 1, 2, 3, 4, 5], [6])],
)
def test_the_real_customers_keep_their_ids_when_k_changes_by_one(
    k: int, kept: list[int], new: list[int]
) -> None:
    mall = read(mall_file())
    champion = trained(mall).with_version("v1")

    found = succeed(trained(mall, k), mall, champion, champion.highest_id)

    succeeds = succession(found)
    assert ([one.id for one in succeeds.kept], list(succeeds.new)) == (kept, new)


class TestFreshIds:
    def test_are_all_above_the_highest(self) -> None:
        new = with_fresh_ids(mall_model(), 7)

        assert [segment.id for segment in new.segments] == [8, 9, 10]
        assert new.highest_id == 10

    def test_without_a_champion_ids_count_from_0_and_remember_the_highest(
        self, data: Dataset
    ) -> None:
        new = succeed(mall_model(), data, None, 7)

        assert [segment.id for segment in new.segments] == [0, 1, 2]
        assert new.highest_id == 7


class TestTheHighestId:
    def test_is_none_in_an_empty_registry(self) -> None:
        assert highest_id_given(Registry(MemoryStore())) == -1

    def test_is_of_the_latest_version_or_of_the_champion(self) -> None:
        few = replace(mall_model(), segments=mall_model().segments[:2], highest_id=-1)

        assert highest_id_given(registry_of(mall_model(), few, champion="v1")) == 2
        assert highest_id_given(registry_of(few, replace(few, highest_id=9), champion="v1")) == 9

    def test_gets_past_a_damaged_version(self) -> None:
        store = MemoryStore()
        registry = registry_of(mall_model(), shopper_model(), champion="v1", store=store)
        store.objects["models/v2/model.json"] = b"{}"

        assert highest_id_given(registry) == 2
