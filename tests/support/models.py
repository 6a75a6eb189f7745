"""Models made by hand, with numbers round enough to compute expected values on paper."""

from __future__ import annotations

import copy
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from segmentation.criteria import Criteria
from segmentation.document import Section
from segmentation.model import Baseline, Column, Model, Segment
from segmentation.numeric import NumericFeature
from segmentation.profile import Profile
from segmentation.registry import Registry
from segmentation.spec import Spec
from segmentation.store import DocumentStore
from segmentation.training_record import TrainingRecord
from tests.support.memory_store import MemoryStore

SPECS = Path(__file__).parents[2] / "training" / "specs"
CREATED_AT = "2026-11-23T10:00:00+00:00"

MALL_CUSTOMER: dict[str, Any] = {
    "customer_id": "0042",
    "gender": "Female",
    "age": 30,
    "annual_income": 80,
    "spending_score": 75,
}
"""A customer of `mall_model`'s segment 1.

From each centroid, as gender, age, income and score: (-0.5, -15, 20, 40), (-0.5, -3, -10, -5),
(-0.5, 4, 50, 5). So the squared distances are 2225.25, 134.25 and 2541.25.
"""

SHOPPER: dict[str, Any] = {"shopper": 7, "plan": "Plus", "visits": 12, "spend": 150}
"""A customer of `shopper_model`'s segment 5.

As basic, plus, pro, visits and spend in scaled space: (0, 1, 0, 0.5, 1). Its squared distances
from segments 2, 5, 7 and 11 are 5.25, 0.25, 3.25 and 15.25.
"""

_SHOPPERS: dict[str, Any] = {
    "name": "shoppers",
    "title": "Shoppers",
    "id": {"name": "shopper", "title": "Shopper No.", "aliases": ["id"]},
    "features": [
        {
            "name": "plan",
            "title": "Plan",
            "aliases": ["Tariff"],
            "kind": "categorical",
            "encoding": "one_hot",
            "categories": [
                {"name": "Basic", "aliases": ["B"]},
                {"name": "Plus", "aliases": ["+", "Größer"]},
                {"name": "Pro", "aliases": []},
            ],
        },
        {
            "name": "visits",
            "title": "Visits",
            "kind": "numeric",
            "unit": "visits a month",
            "valid": {"min": 0, "max": 1000},
            "typical": {"max": 30},
            "scaling": "standard",
        },
        {
            "name": "spend",
            "title": "Spend (€)",
            "kind": "numeric",
            "unit": "euros a month",
            "scaling": "robust",
        },
    ],
    "naming": {"base": [{"feature": "spend", "word": "Spend"}]},
}


def shipped_spec(name: str = "mall_customers") -> Spec:
    """Read a spec that ships with the project."""
    with (SPECS / f"{name}.toml").open("rb") as file:
        return Spec.from_dict(tomllib.load(file))


def numeric_features(spec: Spec) -> list[NumericFeature]:
    """The numeric features of a spec, in its order."""
    return [feature for feature in spec.features if isinstance(feature, NumericFeature)]


def criteria(k: int, **told: object) -> Criteria:
    """Read a row of a sweep that says no more than this."""
    return Criteria.read(Section({"k": k, **told}, "sweep[0]"))


def profile(**told: object) -> Profile:
    """Read a profile that says no more than this."""
    return Profile.read(Section(told, "profile"))


def training_record(**told: object) -> TrainingRecord:
    """Read a training record that says no more than this."""
    return TrainingRecord.read(Section(told, "training"))


def mall_model(version: str = "v1") -> Model:
    """Give three segments of mall customers: codes for gender, no scaling."""
    spec = shipped_spec()
    texts = {text.name: text for text in spec.naming.texts}
    rows = (
        (0, "Low Income - Low Spending", 124, 0.62, (0.5, 45.0, 60.0, 35.0), 70.0),
        (1, "High Income - High Spending", 40, 0.2, (0.5, 33.0, 90.0, 80.0), 50.0),
        (2, "Young Low Income - High Spending", 36, 0.18, (0.5, 26.0, 30.0, 70.0), 40.0),
    )
    return Model(
        version=version,
        created_at=CREATED_AT,
        spec=spec,
        columns=tuple(Column(feature.name, None, 0.0, 1.0) for feature in spec.features),
        segments=tuple(
            Segment(
                id=identifier,
                name=name,
                description=texts[name].description,
                advice=texts[name].advice,
                size=size,
                share=share,
                centroid=centroid,
                radius=radius,
                profile=profile(features={"age": {"mean": centroid[1]}}),
            )
            for identifier, name, size, share, centroid, radius in rows
        ),
        metrics=criteria(3, inertia=158794.5, silhouette=0.25),
        sweep=(criteria(3, inertia=158794.5, silhouette=0.25),),
        training=training_record(address="customers.csv", sha256="ab" * 32, rows=200),
        libraries={"scikit-learn": "1.9.1"},
        baseline={
            "gender": Baseline(None, (0.5625, 0.4375)),
            "age": Baseline((30.0, 45.0), (0.25, 0.5, 0.25)),
            "annual_income": Baseline((50.0,), (0.5, 0.5)),
            "spending_score": Baseline((50.0,), (0.5, 0.5)),
        },
    )


def shopper_model(version: str = "v1") -> Model:
    """Give four segments of shoppers: one-hot and scaled features, ids that are no indices."""
    spec = Spec.from_dict(copy.deepcopy(_SHOPPERS))
    scales = {"visits": (10.0, 4.0), "spend": (100.0, 50.0)}
    rows = (
        (2, "Low Spend", (1.0, 0.0, 0.0, -1.0, 0.0), 2.0),
        (5, "Average Spend", (0.0, 1.0, 0.0, 0.0, 1.0), 0.5),
        (7, "High Spend", (0.0, 0.0, 1.0, 0.0, 2.0), 2.0),
        (11, "Very High Spend", (0.0, 1.0, 0.0, 3.0, 4.0), 2.0),
    )
    return Model(
        version=version,
        created_at=CREATED_AT,
        spec=spec,
        columns=tuple(
            Column(feature.name, category, *scales.get(feature.name, (0.0, 1.0)))
            for feature, category in spec.columns
        ),
        segments=tuple(
            Segment(
                identifier, name, f"About {name}", f"Advice for {name}", 50, 0.25, centroid, radius
            )
            for identifier, name, centroid, radius in rows
        ),
        metrics=criteria(4, inertia=100.0, silhouette=0.5),
        sweep=(criteria(4, inertia=100.0),),
        training=training_record(address="shoppers.csv", rows=200),
        libraries={},
        baseline={
            "plan": Baseline(None, (0.25, 0.5, 0.25)),
            "visits": Baseline((5.0, 10.0), (0.25, 0.5, 0.25)),
            "spend": Baseline((), (1.0,)),
        },
    )


def weighted_model(version: str = "v1") -> Model:
    """Give the shoppers' model with spend on a logarithmic scale and a plan that counts double."""
    raw = copy.deepcopy(_SHOPPERS)
    plan, _, spend = raw["features"]
    plan["weight"] = 2
    spend |= {"valid": {"min": 0}, "scaling": "standard", "transform": "log1p", "weight": 4}
    model = shopper_model(version)
    scales = {"plan": (0.0, 0.5), "visits": (10.0, 4.0), "spend": (4.0, 0.25)}
    spec = Spec.from_dict(raw)
    columns = tuple(
        Column(feature.name, category, *scales[feature.name], feature.transform)
        for feature, category in spec.columns
    )
    return replace(model, spec=spec, columns=columns)


def registry_of(
    *models: Model, champion: str | None = None, store: DocumentStore | None = None
) -> Registry:
    """Publish models as v1, v2, … and promote one of them, the last by default."""
    registry = Registry(MemoryStore() if store is None else store)
    published = [registry.publish(model).version for model in models]
    registry.promote(champion or published[-1], by="tests", why="a test needs it")
    return registry
