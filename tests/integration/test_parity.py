"""The same customer gets the same answer from an upload, from the API and from scikit-learn."""

from __future__ import annotations

import json
import math
import random
import struct
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from segmentation.answers import predict
from segmentation.categorical import CategoricalFeature
from segmentation.errors import CustomerRejected, ValueRejected
from segmentation.model import Model
from segmentation.numeric import NumericFeature
from tests.support.csvs import AWKWARD_NUMBERS, Outcome, awkward_numbers, quoted, score
from tests.support.models import mall_model, shopper_model, weighted_model
from tests.support.properties import property_of

Customer = tuple[str, ...]
"""One text for each feature, in spec order, as a CSV field holds it."""

MODELS = {
    "codes": mall_model(),
    "one-hot and scaled": shopper_model(),
    "logarithmic and weighted": weighted_model(),
}

GENDERS = (
    "Female",
    "male",
    " M",
    "f\t",
    "0",
    "1",
    "FEMALE",
    "mal\u00e9",
    "",
    "2",
    "Fem ale",
    "1.0",
)
PLANS = (
    "Basic",
    "b",
    "PLUS",
    "+",
    "gr\u00f6\u00dfer",
    "GR\u00d6SSER",
    "Pro ",
    "pro\u00a0",
    "",
    "?",
    "none",
)

good_numbers = st.one_of(
    st.integers(1, 100).map(str),
    st.floats(1, 100).map(repr),
    st.sampled_from(["+19", ".5e2", "5.", "1e1", " 30 ", "\t64.5", "00019", "99.99999999999999"]),
)
any_numbers = st.one_of(good_numbers, good_numbers, good_numbers, awkward_numbers)


def customers(model: Model) -> st.SearchStrategy[list[Customer]]:
    categories = GENDERS if model.spec.name == "mall_customers" else PLANS
    cells = [
        st.sampled_from(categories) if isinstance(feature, CategoricalFeature) else any_numbers
        for feature in model.spec.features
    ]
    return st.lists(st.tuples(*cells), min_size=1, max_size=12)


any_customers = st.sampled_from(sorted(MODELS)).flatmap(
    lambda name: st.tuples(st.just(name), customers(MODELS[name]))
)


def upload(model: Model, many: Sequence[Customer]) -> bytes:
    header = ",".join(feature.name for feature in model.spec.features)
    lines = [header, *(quoted(customer) for customer in many)]
    return ("\n".join(lines) + "\n").encode()


def as_json(model: Model, customer: Customer) -> str:
    """Write the same values as JSON: what spells a number is a number there."""
    members = [
        f"{json.dumps(feature.name)}: {_as_json(feature, text)}"
        for feature, text in zip(model.spec.features, customer, strict=True)
    ]
    return "{" + ", ".join(members) + "}"


def _as_json(feature: NumericFeature | CategoricalFeature, text: str) -> str:
    trimmed = text.strip(" \t")
    if not trimmed:
        return "null"
    spells_number = set(trimmed) <= set("0123456789+-.eE") and _python_number(trimmed) is not None
    if isinstance(feature, NumericFeature) and spells_number:
        number = float(trimmed)
        return repr(number) if math.isfinite(number) else f"{'-' if number < 0 else ''}1e999"
    return json.dumps(text)


def _python_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def bits(number: float) -> bytes:
    return struct.pack("<d", number)


def batch_answers(outcome: Outcome, count: int) -> list[object]:
    """Give, customer by customer, what an upload says: a reason, or segment and exact numbers."""
    reasons = outcome.reasons
    rows = iter(outcome.rows)
    answers: list[object] = []
    for number in range(2, count + 2):
        if number in reasons:
            answers.append(reasons[number])
        else:
            row = next(rows)
            answers.append(
                (row["segment"], bits(row["distance"]), bits(row["margin"]), row["outlier"])
            )
    assert next(rows, None) is None
    return answers


def api_answer(model: Model, customer: Customer) -> object:
    try:
        answer = predict(model, as_json(model, customer))
    except CustomerRejected as exc:
        return exc.errors[0].code
    segment, distance, margin = answer["segment"], answer["distance"], answer["margin"]
    assert isinstance(segment, dict)
    assert isinstance(distance, float)
    assert isinstance(margin, float)
    return segment["id"], bits(distance), bits(margin), answer["outlier"]


@property_of(any_customers)
def test_an_upload_and_the_api_give_the_same_verdicts_and_the_same_bits(
    drawn: tuple[str, list[Customer]],
) -> None:
    name, many = drawn
    model = MODELS[name]

    outcome = score(model, upload(model, many))

    expected = [api_answer(model, customer) for customer in many]
    assert batch_answers(outcome, len(many)) == expected


@property_of(any_customers)
def test_a_bad_row_beside_them_changes_nothing_for_good_rows(
    drawn: tuple[str, list[Customer]],
) -> None:
    name, many = drawn
    model = MODELS[name]
    beside = score(model, upload(model, [("no such",) * len(many[0]), *many]))
    good = [
        customer for number, customer in enumerate(many, start=3) if number not in beside.reasons
    ]
    assume(good)

    alone = score(model, upload(model, good))

    assert alone.reasons == {}
    assert repr(alone.rows) == repr(beside.rows)  # repr tells every two floats apart


@cache
def kmeans(name: str) -> KMeans:
    """Fit scikit-learn to the centroids alone: each is then the centre of its own cluster."""
    centroids = np.array([segment.centroid for segment in MODELS[name].segments])
    fitted = KMeans(len(centroids), init=centroids, n_init=1, max_iter=1).fit(centroids)
    assert np.array_equal(fitted.cluster_centers_, centroids)
    return fitted


@property_of(any_customers)
def test_labels_are_those_of_scikit_learn(drawn: tuple[str, list[Customer]]) -> None:
    name, many = drawn
    model = MODELS[name]
    outcome = score(model, upload(model, many))
    good = [
        customer for number, customer in enumerate(many, start=2) if number not in outcome.reasons
    ]
    assume(good)
    points = np.array([scaled(name, customer) for customer in good])
    centroids = kmeans(name).cluster_centers_

    labels = kmeans(name).predict(points)

    for row, point, index in zip(outcome.rows, points, labels, strict=True):
        distances = [math.dist(point, centroid) for centroid in centroids]
        nearest, second = sorted(distances)[:2]
        assert row["distance"] == pytest.approx(nearest, rel=1e-9)
        assert row["margin"] == pytest.approx((second - nearest) / second, abs=1e-9)
        # scikit-learn expands |x - c|², so its rounding grows with |x|² and |c|².
        rounding = 1e-12 * (float(point @ point) + float((centroids**2).sum(axis=1).max()))
        if second**2 - nearest**2 > rounding:
            assert row["segment"] == model.segments[index].id


def scaled(name: str, customer: Customer) -> list[float]:
    """Give a customer in centroid space, with the numbers of the hand-made models."""
    category, *texts = (text.strip(" \t") for text in customer)
    numbers = [float(text) for text in texts]
    if name == "codes":
        return [1.0 if category.lower() in {"male", "m", "1"} else 0.0, *numbers]
    plans = {"basic": 0, "b": 0, "plus": 1, "+": 1, "gr\u00f6sser": 1, "pro": 2}
    one_hot = [0.0, 0.0, 0.0]
    one_hot[plans[category.casefold()]] = 1.0
    visits, spend = numbers
    if name == "logarithmic and weighted":
        return [*(2 * one for one in one_hot), (visits - 10) / 4, (math.log1p(spend) - 4) / 0.25]
    return [*one_hot, (visits - 10) / 4, (spend - 100) / 50]


def domain_verdict(read: Callable[[], object]) -> tuple[str, str] | None:
    try:
        read()
    except ValueRejected as exc:
        return exc.reason.value, exc.detail
    return None


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("many", [False, True], ids=["few distinct values", "many distinct values"])
def test_every_spelling_of_a_number_is_judged_as_the_domain_judges_it(
    delimiter: str, many: bool
) -> None:
    model = mall_model()
    chance = random.Random(7)
    texts = list(AWKWARD_NUMBERS)
    if many:
        texts += [f"{chance.uniform(-5, 125):.{chance.randrange(17)}f}" for _ in range(3_000)]
        texts += [f"{chance.uniform(0, 9):.6f}e{chance.randrange(-400, 400)}" for _ in range(3_000)]
        texts += [text.replace(".", ",") for text in texts[-1_000:]]
        texts += ["".join(chance.choices("0123456789+-.,eE_ x\u0661", k=5)) for _ in range(3_000)]
    age = next(feature for feature in model.spec.features if feature.name == "age")
    header = delimiter.join(feature.name for feature in model.spec.features)
    rows = [quoted(["Female", text, "15", "39"], delimiter) for text in texts]

    outcome = score(model, "\n".join([header, *rows, ""]).encode())

    found = {
        number: (reason, outcome.details[number]) for number, reason in outcome.reasons.items()
    }
    expected = {
        number: verdict
        for number, text in enumerate(texts, start=2)
        if (
            verdict := domain_verdict(
                lambda text=text: age.read_text(text, decimal_comma=delimiter == ";")  # type: ignore[misc]
            )
        )
    }
    assert found == expected
    ages = [text for number, text in enumerate(texts, start=2) if number not in expected]
    assert [bits(number) for number in outcome.table["age"].to_pylist()] == [
        bits(float(text.strip(" \t").replace(",", "."))) for text in ages
    ]
