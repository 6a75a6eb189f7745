"""The answers of the API; distances and shares by hand (see tests/support/models.py)."""

from __future__ import annotations

import json
import math

import pytest

from segmentation import answers
from segmentation.errors import CustomerRejected, DocumentError
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, shopper_model


def test_a_prediction_has_the_segment_and_why() -> None:
    near, second, third = math.sqrt(134.25), math.sqrt(2225.25), math.sqrt(2541.25)
    assert answers.predict(mall_model("v7"), json.dumps(MALL_CUSTOMER)) == {
        "id": "0042",
        "segment": {
            "id": 1,
            "name": "High Income - High Spending",
            "description": "Premium customers with high purchasing power",
            "advice": "Premium offerings, loyalty programs, exclusive access",
        },
        "distance": pytest.approx(near, rel=1e-15),
        "margin": pytest.approx((second - near) / second, rel=1e-15),
        "outlier": False,
        "segments": [
            {
                "id": 1,
                "name": "High Income - High Spending",
                "distance": pytest.approx(near, rel=1e-15),
            },
            {
                "id": 0,
                "name": "Low Income - Low Spending",
                "distance": pytest.approx(second, rel=1e-15),
            },
            {
                "id": 2,
                "name": "Young Low Income - High Spending",
                "distance": pytest.approx(third, rel=1e-15),
            },
        ],
        "drivers": [
            {
                "feature": "spending_score",
                "value": 75.0,
                "contribution": 1575.0,
                "share": 1575 / 2091,
            },
            {"feature": "annual_income", "value": 80.0, "contribution": 300.0, "share": 300 / 2091},
            {"feature": "age", "value": 30.0, "contribution": 216.0, "share": 216 / 2091},
            {"feature": "gender", "value": "Female", "contribution": 0.0, "share": 0.0},
        ],
        "warnings": [],
        "model_version": "v7",
    }


def test_values_are_shown_as_they_were_understood_in_original_units() -> None:
    body = json.dumps(SHOPPER | {"plan": " GRÖSSER ", "visits": 12.5})
    drivers = answers.predict(shopper_model(), body)["drivers"]
    assert isinstance(drivers, list)
    assert {one["feature"]: one["value"] for one in drivers} == {
        "plan": "Plus",
        "visits": 12.5,
        "spend": 150.0,
    }


def test_a_warning_names_the_field_as_it_was_sent() -> None:
    customer = {("AGE" if name == "age" else name): value for name, value in MALL_CUSTOMER.items()}
    assert answers.predict(mall_model(), json.dumps(customer | {"AGE": 71}))["warnings"] == [
        {
            "field": "AGE",
            "code": "untypical_value",
            "message": "age: 71 is unusual, typical is 18 to 70",
        }
    ]


def test_bytes_and_text_are_answered_alike() -> None:
    body = json.dumps(MALL_CUSTOMER)
    assert answers.predict(mall_model(), body.encode()) == answers.predict(mall_model(), body)


def test_what_is_no_customer_is_refused() -> None:
    with pytest.raises(DocumentError):
        answers.predict(mall_model(), "[]")
    with pytest.raises(CustomerRejected):
        answers.predict(mall_model(), "{}")


def test_segments_are_described_with_centroids_in_original_units() -> None:
    described = answers.segments(shopper_model("v2"))
    assert described["model_version"] == "v2"
    segments = described["segments"]
    assert isinstance(segments, list)
    # Segment 2 is at -1 standard deviations of 4 visits around 10, and 0 of 50 euros around 100.
    assert segments[0] == {
        "id": 2,
        "name": "Low Spend",
        "description": "About Low Spend",
        "advice": "Advice for Low Spend",
        "size": 50,
        "share": 0.25,
        "centroid": {
            "plan": {"Basic": 1.0, "Plus": 0.0, "Pro": 0.0},
            "visits": 6.0,
            "spend": 100.0,
        },
        "radius": 2.0,
        "profile": {},
    }
    assert [segment["id"] for segment in segments] == [2, 5, 7, 11]


def test_the_model_is_described_with_lineage_and_quality() -> None:
    described = answers.description(mall_model("v2"))
    assert described["version"] == "v2"
    assert described["k"] == 3
    assert described["features"] == ["gender", "age", "annual_income", "spending_score"]
    assert described["spec"] == {"name": "mall_customers", "title": "Mall customers"}
    assert described["metrics"] == {"inertia": 158794.5, "silhouette": 0.25}
    assert described["training"] == {
        "address": "customers.csv",
        "sha256": "ab" * 32,
        "rows": 200,
    }


def test_health_names_the_model_that_serves() -> None:
    assert answers.health(mall_model("v9")) == {"status": "ok", "model_version": "v9"}
