"""Model documents that somebody changed: refused by the name of the field, or harmless."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from segmentation import answers
from segmentation.errors import DocumentError
from segmentation.model import LARGEST_COORDINATE, LARGEST_SCALE, SMALLEST_SCALE, Model, Segment
from segmentation.values import LARGEST_NUMBER
from tests.stress.fuzz.documents import sealed
from tests.support.csvs import MALL_ROW, mall_csv, score
from tests.support.models import MALL_CUSTOMER, mall_model

Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(mall_model().to_json())
    change(document)
    return document


def refusal(data: bytes) -> str:
    with pytest.raises(DocumentError) as refused:
        Model.from_json(data)
    return str(refused.value)


def in_segment(name: str, value: object) -> Change:
    return lambda document: document["segments"][1].update({name: value})


def in_column(name: str, value: object) -> Change:
    return lambda document: document["columns"][1].update({name: value})


def in_baseline(name: str, value: object) -> Change:
    return lambda document: document["baseline"]["age"].update({name: value})


def in_gender(code: float) -> Change:
    return lambda document: document["spec"]["features"][0]["categories"][1].update(code=code)


def bounds(**limits: float) -> Change:
    return lambda document: document["spec"]["features"][1].update(valid=limits)


HOSTILE: dict[str, tuple[Change, str]] = {
    "a future version": (
        lambda document: document.update(format_version=2),
        "model.format_version: got 2, this release reads 1",
    ),
    "a version of thousands of digits": (
        lambda document: document.update(format_version=10**4_000),
        "model.format_version: got 1000",
    ),
    "another format": (
        lambda document: document.update(format="pickle"),
        'model.format: got "pickle", expected one of segmentation-model',
    ),
    "a field that nobody knows": (
        lambda document: document.update(__reduce__="os.system"),
        "model.__reduce__: unknown field",
    ),
    "a name that is a path": (
        lambda document: document.update(version="../../v1"),
        'model.version: got "../../v1", expected a text like v',
    ),
    "an enormous centroid": (
        in_segment("centroid", [0, 1e200, 0, 0]),
        "model.segments[1].centroid[1]: got 1e+200, expected at most 2e+130",
    ),
    "an enormous negative centroid": (
        in_segment("centroid", [0, 0, 0, -1e200]),
        "model.segments[1].centroid[3]: got -1e+200, expected at least -2e+130",
    ),
    "an enormous offset": (
        in_column("offset", 1e200),
        "model.columns[1].offset: got 1e+200, expected at most 1e+100",
    ),
    "an enormous scale": (
        in_column("scale", 1e200),
        "model.columns[1].scale: got 1e+200, expected at most 2e+100",
    ),
    "a scale of nothing": (
        in_column("scale", 0),
        "model.columns[1].scale: got 0.0, expected at least 1e-30",
    ),
    "a negative scale": (
        in_column("scale", -1),
        "model.columns[1].scale: got -1.0, expected at least 1e-30",
    ),
    "a share of more than all": (
        in_segment("share", 1.5),
        "model.segments[1].share: got 1.5, expected at most 1",
    ),
    "more customers than there are numbers": (
        in_segment("size", 2**64),
        "model.segments[1].size: got 18446744073709551616, expected at most 9007199254740992",
    ),
    "an id beyond int32": (
        in_segment("id", 2**31),
        "model.segments[1].id: got 2147483648, expected at most 2147483647",
    ),
    "a negative radius": (
        in_segment("radius", -1),
        "model.segments[1].radius: got -1.0, expected at least 0",
    ),
    "a negative share of drift": (
        in_baseline("shares", [-1, 1, 1]),
        "model.baseline.age.shares[0]: got -1.0, expected at least 0",
    ),
    "edges that do not ascend": (
        in_baseline("edges", [45, 30]),
        "model.baseline.age.edges: expected strictly ascending numbers",
    ),
    "two categories with one code": (
        in_gender(0),
        'model.spec.features[0].categories[1].code: got 0, the code of "Female" too',
    ),
    "an enormous code": (
        in_gender(1e200),
        "model.spec.features[0].categories[1].code: got 1e+200, expected at most 1e+100",
    ),
    "bounds beyond what can be scored": (
        bounds(max=1e200),
        "model.spec.features[1].valid.max: got 1e+200, expected at most 1e+100",
    ),
    "half of a surrogate pair": (
        in_segment("name", "\ud800"),
        "model: got half of a surrogate pair, expected whole characters",
    ),
    "endless nesting": (
        lambda document: document.update(metrics={"a": _nested(200)}),
        "model: nested too deeply, expected at most 100 levels",
    ),
}


def _nested(levels: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(levels):
        nested = [nested]
    return nested


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_document_is_refused_by_its_field(what: str) -> None:
    change, message = HOSTILE[what]

    # Whoever can write a document can write a checksum that fits it.
    assert refusal(sealed(changed(change))).startswith(message)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_know_are_refused(number: str) -> None:
    text = mall_model().to_json().replace(b'"radius": 50.0', f'"radius": {number}'.encode())

    assert refusal(text) == f"model: got {number}, expected a finite number"


def test_a_document_that_was_changed_under_its_checksum_is_refused() -> None:
    text = mall_model().to_json()

    message = refusal(text.replace(b'"size": 124', b'"size": 125'))

    assert message.startswith("model.sha256: the content has ")
    assert message.endswith("it was changed")


@pytest.fixture(scope="module")
def data() -> bytes:
    segments = tuple(
        Segment(number, f"Segment {number}", "", "", 1, 1e-4, (0.5, number / 100, 0.0, 0.0), 1)
        for number in range(10_000)
    )
    return replace(mall_model(), segments=segments).to_json()


class TestTenThousandSegments:
    def test_are_read_in_linear_time(self, data: bytes) -> None:
        begun = time.process_time()

        model = Model.from_json(data)

        assert model.k == 10_000
        assert time.process_time() - begun < 5, "each compared with each takes longer"

    def test_label_customers_as_any_other(self, data: bytes) -> None:
        model = Model.from_json(data)

        outcome = score(model, mall_csv("1,Male,19.004,1,1"))
        answered = answers.predict(
            model,
            '{"gender": "Male", "age": 19.004, "annual_income": 1, "spending_score": 1}',
        )

        assert outcome.rows[0]["segment"] == answered["segment"]["id"] == 1_900  # type: ignore[index]

    def test_are_refused_where_two_are_the_same(self, data: bytes) -> None:
        document = json.loads(data)
        document["segments"][9_999]["centroid"] = document["segments"][17]["centroid"]

        assert "segments[9999].centroid: equals that of segment 17" in refusal(sealed(document))


def test_at_the_limits_every_number_is_finite() -> None:
    def farthest(document: dict[str, Any]) -> None:
        for column in document["columns"]:
            column |= {"offset": -LARGEST_NUMBER, "scale": SMALLEST_SCALE}
        document["segments"][0]["centroid"] = [-LARGEST_COORDINATE] * 4
        document["segments"][1]["centroid"] = [LARGEST_COORDINATE] * 4
        document["columns"][3]["scale"] = LARGEST_SCALE

    model = Model.from_json(sealed(changed(farthest)))
    answered = answers.predict(model, json.dumps(MALL_CUSTOMER | {"annual_income": 1e100}))
    row = score(model, mall_csv(MALL_ROW.replace("15", "1e100"))).rows[0]

    assert json.dumps([answered, answers.segments(model)], allow_nan=False)
    assert math.isfinite(row["distance"])
    assert 0 <= row["margin"] <= 1
