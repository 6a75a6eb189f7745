"""The answers of the API, as JSON objects made from a model alone."""

from __future__ import annotations

from dataclasses import asdict

from segmentation.categorical import Category
from segmentation.customer import parse_customer, read_customer
from segmentation.features import Value
from segmentation.model import Model
from segmentation.scoring import assign

Answer = dict[str, object]


def predict(model: Model, body: bytes | str) -> Answer:
    """Answer one customer with its segment.

    Parameters
    ----------
    model
        The model that decides.
    body
        One JSON object, keys by feature name, title or alias.

    Returns
    -------
    dict
        ``id`` as it was sent; ``segment``; ``distance`` to its centroid in scaled space;
        ``margin`` from 0 (between two segments) to 1 (on the centroid); ``outlier``;
        ``segments``, nearest first; ``drivers``, strongest first, with each value as it was
        understood; ``warnings``; ``model_version``. All numbers are finite.

    Raises
    ------
    DocumentError
        The body is not one JSON object.
    CustomerRejected
        Fields are wrong; one entry for each.
    """
    customer = read_customer(model.spec, parse_customer(body))
    assigned = assign(model, customer.values)
    segment = assigned.segment
    understood = {
        feature.name: _understood(value)
        for feature, value in zip(model.spec.features, customer.values, strict=True)
    }
    return {
        "id": customer.id,
        "segment": {
            "id": segment.id,
            "name": segment.name,
            "description": segment.description,
            "advice": segment.advice,
        },
        "distance": assigned.distance,
        "margin": assigned.margin,
        "outlier": assigned.outlier,
        "segments": [
            {"id": one.id, "name": one.name, "distance": distance}
            for one, distance in assigned.ranked
        ],
        "drivers": [
            {
                "feature": driver.feature,
                "value": understood[driver.feature],
                "contribution": driver.contribution,
                "share": driver.share,
            }
            for driver in assigned.drivers
        ],
        "warnings": [asdict(warning) for warning in customer.warnings],
        "model_version": model.version,
    }


def segments(model: Model) -> Answer:
    """Describe the segments, centroids in original units."""
    return {
        "segments": [
            {
                "id": segment.id,
                "name": segment.name,
                "description": segment.description,
                "advice": segment.advice,
                "size": segment.size,
                "share": segment.share,
                "centroid": model.centroid_in_units(segment),
                "radius": segment.radius,
                "profile": segment.profile.to_dict(),
            }
            for segment in model.segments
        ],
        "model_version": model.version,
    }


def description(model: Model) -> Answer:
    """Describe the model: where it comes from and how good it is."""
    return {
        "version": model.version,
        "created_at": model.created_at,
        "spec": {"name": model.spec.name, "title": model.spec.title},
        "features": [feature.name for feature in model.spec.features],
        "k": model.k,
        "metrics": model.metrics.to_metrics(),
        "sweep": [row.to_dict() for row in model.sweep],
        "training": model.training.to_dict(),
        "libraries": dict(model.libraries),
    }


def health(model: Model) -> Answer:
    """Say that a model can be served, and which."""
    return {"status": "ok", "model_version": model.version}


def _understood(value: Value) -> str | float:
    return value.name if isinstance(value, Category) else value
