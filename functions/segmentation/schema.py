"""What a model expects of a customer, as a JSON Schema that forms and callers can be built from.

The dialect is draft 2020-12 (https://json-schema.org/draft/2020-12), which OpenAPI 3.1 shares.
What it has no keyword for stands under names that begin with ``x-``.
"""

from __future__ import annotations

import re

from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.model import Model
from segmentation.names import Names
from segmentation.numeric import Bounds, NumericFeature

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,14}")

Schema = dict[str, object]


def customer_schema(model: Model) -> Schema:
    """Give the JSON Schema of a customer.

    Every customer that is valid under the schema can be scored. It knows each field under its
    name alone and each category as it is written in the spec; `read_customer` also takes titles
    and aliases, and ignores case and outer space in both.

    Parameters
    ----------
    model
        The model that will score the customer; only its spec and version matter.
    """
    spec = model.spec
    return {
        "$schema": DIALECT,
        "title": spec.title,
        "description": (
            f"A customer for model {model.version}. A field is also read under its title or one of "
            "its aliases, ignoring case and outer space."
        ),
        "type": "object",
        "properties": {
            spec.id.name: _id(spec.id),
            **{feature.name: _feature(feature) for feature in spec.features},
        },
        "required": [feature.name for feature in spec.features],
        "additionalProperties": False,
        "examples": [{feature.name: _example(feature) for feature in spec.features}],
        "x-model-version": model.version,
    }


def _id(names: Names) -> Schema:
    return {
        **_titles(names),
        "description": "Identifies the customer; optional, and given back as it was sent.",
        "type": ["string", "number", "null"],
        **_bounds(Bounds(None, None)),
    }


def _feature(feature: Feature) -> Schema:
    if isinstance(feature, CategoricalFeature):
        return {
            **_titles(feature.names),
            "enum": _accepted(feature),
            "x-categories": [
                {"name": category.name, "aliases": list(category.aliases)}
                for category in feature.categories
            ],
        }
    schema = {**_titles(feature.names), "type": "number", **_bounds(feature.valid)}
    if feature.unit:
        schema["x-unit"] = feature.unit
    typical = {
        name: limit
        for name, limit in (
            ("minimum", feature.typical.minimum),
            ("maximum", feature.typical.maximum),
        )
        if limit is not None
    }
    if typical:
        schema["x-typical"] = typical
    about = [feature.unit, f"typical is {feature.typical.stated}" if typical else ""]
    if any(about):
        schema["description"] = "; ".join(filter(None, about))
    return schema


def _titles(names: Names) -> Schema:
    return {"title": names.title, "x-aliases": list(names.aliases)}


def _bounds(bounds: Bounds) -> Schema:
    return {"minimum": bounds.lowest, "maximum": bounds.highest}


def _accepted(feature: CategoricalFeature) -> list[object]:
    texts = [text for one in feature.categories for text in (one.name, *one.aliases)]
    # A code such as "0" may also be sent as the number 0.
    numbers = [int(text) for text in texts if _WHOLE_NUMBER.fullmatch(text)]
    return [*dict.fromkeys(texts), *dict.fromkeys(numbers)]


def _example(feature: Feature) -> object:
    if not isinstance(feature, NumericFeature):
        return feature.categories[0].name
    low, high = feature.typical.minimum, feature.typical.maximum
    if low is None and high is None:
        low, high = feature.valid.minimum, feature.valid.maximum
    known = [limit for limit in (low, high) if limit is not None]
    middle = sum(known) / len(known) if known else 0.0
    return min(max(middle, feature.valid.lowest), feature.valid.highest)
