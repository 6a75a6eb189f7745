"""The scoring rule: expected values from paper, and from scikit-learn."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from segmentation.customer import parse_customer, read_customer
from segmentation.model import Model
from segmentation.scoring import Assignment, assign
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, shopper_model

MALL = mall_model()
SHOPPERS = shopper_model()


def assigned(model: Model, customer: dict[str, Any]) -> Assignment:
    pairs = parse_customer(json.dumps(customer))
    return assign(model, read_customer(model.spec, pairs).values)


def with_centroids(model: Model, *centroids: tuple[float, ...]) -> Model:
    segments = zip(model.segments, centroids, strict=False)
    return dataclasses.replace(
        model, segments=tuple(dataclasses.replace(one, centroid=c) for one, c in segments)
    )


def test_segments_are_ranked_by_distance_nearest_first() -> None:
    assignment = assigned(MALL, MALL_CUSTOMER)
    assert [segment.id for segment, _ in assignment.ranked] == [1, 0, 2]
    assert [distance for _, distance in assignment.ranked] == pytest.approx(
        [math.sqrt(134.25), math.sqrt(2225.25), math.sqrt(2541.25)], rel=1e-15
    )
    assert assignment.segment.name == "High Income - High Spending"
    assert assignment.distance == assignment.ranked[0][1]


def test_distances_are_taken_in_scaled_space_over_one_hot_columns() -> None:
    assignment = assigned(SHOPPERS, SHOPPER)
    assert [(segment.id, distance) for segment, distance in assignment.ranked] == [
        (5, 0.5),
        (7, pytest.approx(math.sqrt(3.25))),
        (2, pytest.approx(math.sqrt(5.25))),
        (11, pytest.approx(math.sqrt(15.25))),
    ]


def test_margin_says_how_much_nearer_the_nearest_is() -> None:
    root = math.sqrt(3.25)
    assert assigned(SHOPPERS, SHOPPER).margin == pytest.approx((root - 0.5) / root, rel=1e-15)


def test_on_a_centroid_distance_is_0_and_margin_1() -> None:
    model = with_centroids(MALL, (0.0, 30.0, 80.0, 75.0), (1.0, 30.0, 80.0, 75.0))
    assignment = assigned(model, MALL_CUSTOMER)
    assert (assignment.segment.id, assignment.distance, assignment.margin) == (0, 0.0, 1.0)


def test_a_tie_goes_to_the_lowest_id_with_margin_0_and_no_shares() -> None:
    # (0, 20, 80, 75) and (0, 40, 80, 75) are both 10 years away.
    model = with_centroids(MALL, (0.0, 40.0, 80.0, 75.0), (0.0, 20.0, 80.0, 75.0))
    assignment = assigned(model, MALL_CUSTOMER)
    assert assignment.segment.id == 0
    assert assignment.margin == 0.0
    assert {driver.share for driver in assignment.drivers} == {None}


def test_centroids_too_close_for_float64_give_margin_0_instead_of_dividing_by_it() -> None:
    model = with_centroids(MALL, (0.0, 30.0, 80.0, 75.0), (1e-200, 30.0, 80.0, 75.0))
    assignment = assigned(model, MALL_CUSTOMER)
    assert (assignment.distance, assignment.margin) == (0.0, 0.0)


@pytest.mark.parametrize(("spend", "outlier"), [(150, False), (150.0001, True)])
def test_an_outlier_lies_beyond_the_radius_of_its_segment(spend: float, outlier: bool) -> None:
    # Segment 5 has radius 0.5, and a shopper with 12 visits and 150 euros lies exactly on it.
    assert assigned(SHOPPERS, SHOPPER | {"spend": spend}).outlier is outlier


def test_drivers_split_the_difference_of_the_squared_distances() -> None:
    # Parts of 2225.25 - 134.25 = 2091: gender .25 - .25, age 225 - 9, income 400 - 100,
    # score 1600 - 25.
    drivers = assigned(MALL, MALL_CUSTOMER).drivers
    assert [(driver.feature, driver.contribution) for driver in drivers] == [
        ("spending_score", 1575.0),
        ("annual_income", 300.0),
        ("age", 216.0),
        ("gender", 0.0),
    ]
    assert [driver.share for driver in drivers] == [1575 / 2091, 300 / 2091, 216 / 2091, 0.0]


def test_a_one_hot_feature_is_one_driver() -> None:
    # Between segments 5 and 7: plan 0 + 1 + 1, visits .25 - .25, spend 1 - 0.
    drivers = assigned(SHOPPERS, SHOPPER).drivers
    assert [(driver.feature, driver.contribution) for driver in drivers] == [
        ("plan", 2.0),
        ("spend", 1.0),
        ("visits", 0.0),
    ]


def test_drivers_are_ordered_by_size_whichever_side_they_speak_for() -> None:
    # To (0, 33, 60, 50) and (0, 24, 80, 25): 9 + 400 + 625 = 1034 and 36 + 0 + 2500 = 2536.
    model = with_centroids(MALL, (0.0, 33.0, 60.0, 50.0), (0.0, 24.0, 80.0, 25.0))
    drivers = assigned(model, MALL_CUSTOMER).drivers
    assert [(driver.feature, driver.contribution) for driver in drivers] == [
        ("spending_score", 1875.0),
        ("annual_income", -400.0),
        ("age", 27.0),
        ("gender", 0.0),
    ]


# ------------------------------------------------------------------ scikit-learn as the judge

mall_customers = st.fixed_dictionaries(
    {
        "gender": st.sampled_from(["Female", "Male"]),
        "age": st.integers(0, 120) | st.floats(0, 120),
        "annual_income": st.integers(0, 200) | st.floats(0, 1e6),
        "spending_score": st.integers(1, 100) | st.floats(1, 100),
    }
)
shoppers = st.fixed_dictionaries(
    {
        "plan": st.sampled_from(["Basic", "Plus", "Pro"]),
        "visits": st.integers(0, 60) | st.floats(0, 1000),
        "spend": st.floats(-1e6, 1e6),
    }
)


def kmeans(model: Model) -> KMeans:
    """Fit to the centroids alone: each is then the centre of its own cluster."""
    centres = np.array([segment.centroid for segment in model.segments])
    fitted = KMeans(n_clusters=model.k, init=centres, n_init=1).fit(centres)
    np.testing.assert_array_equal(fitted.cluster_centers_, centres)
    return fitted


MALL_KMEANS = kmeans(MALL)
SHOPPER_KMEANS = kmeans(SHOPPERS)


def check(model: Model, judge: KMeans, customer: dict[str, Any], point: list[float]) -> None:
    assignment = assigned(model, customer)
    row = np.array([point])
    distances = np.linalg.norm(row - judge.cluster_centers_, axis=1)
    by_id = {segment.id: distance for segment, distance in assignment.ranked}
    assert list(dict(sorted(by_id.items())).values()) == pytest.approx(distances, rel=1e-12)
    first, second = sorted(distances)[:2]
    # scikit-learn expands the square and so loses digits: beyond that, labels must be equal.
    if second - first > 1e-6 * (1 + second):
        index = int(judge.predict(row)[0])
        assert assignment.segment.id == model.segments[index].id
    parts = [driver.contribution for driver in assignment.drivers]
    assert sum(parts) == pytest.approx(second**2 - first**2, rel=1e-9, abs=1e-9 * (1 + second**2))


@given(mall_customers)
def test_labels_are_those_of_scikit_learn_for_coded_unscaled_features(
    customer: dict[str, Any],
) -> None:
    code = {"Female": 0.0, "Male": 1.0}[customer["gender"]]
    numbers = [float(customer[name]) for name in ("age", "annual_income", "spending_score")]
    check(MALL, MALL_KMEANS, customer, [code, *numbers])


@given(shoppers)
def test_labels_are_those_of_scikit_learn_for_one_hot_scaled_features(
    customer: dict[str, Any],
) -> None:
    one_hot = [float(customer["plan"] == plan) for plan in ("Basic", "Plus", "Pro")]
    scaled = [(customer["visits"] - 10) / 4, (customer["spend"] - 100) / 50]
    check(SHOPPERS, SHOPPER_KMEANS, customer, [*one_hot, *scaled])
