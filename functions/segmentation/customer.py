"""Reading one customer from JSON: every wrong field is named, not only the first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from segmentation.errors import (
    CustomerRejected,
    DocumentError,
    FieldError,
    ValueRejected,
)
from segmentation.features import NumericFeature, Value
from segmentation.spec import Spec
from segmentation.values import format_number

_EXACT_DIGITS = 18  # a longer whole number only ever matters as the nearest float64


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, read and judged.

    Parameters
    ----------
    id
        As sent, or None.
    fields
        The values as sent, by feature name.
    values
        One value for each feature, in spec order.
    warnings
        One for each value outside its typical range.
    """

    id: str | int | float | None
    fields: dict[str, object]
    values: tuple[Value, ...]
    warnings: tuple[FieldError, ...]


Pairs = tuple[tuple[str, object], ...]


def parse_customer(data: bytes | str) -> Pairs:
    """Parse a JSON object to its members in order, doubled keys included.

    Raises
    ------
    DocumentError
        The text is not JSON (RFC 8259: no NaN, no Infinity) or not an object.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        parsed = json.loads(
            text,
            object_pairs_hook=tuple,
            parse_constant=_refuse_constant,
            parse_int=_whole,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
        problem = exc.msg if isinstance(exc, json.JSONDecodeError) else "not UTF-8 text"
        raise DocumentError(
            "body", f"not JSON ({problem}), expected one JSON object"
        ) from exc
    if not isinstance(parsed, tuple):
        raise DocumentError("body", "got another JSON value, expected one JSON object")
    return parsed


def read_customer(spec: Spec, pairs: Sequence[tuple[str, object]]) -> Customer:
    """Read and judge a customer.

    Parameters
    ----------
    spec
        Says what a customer is.
    pairs
        The members of a JSON object: keys are names, titles or aliases of the id and features.

    Raises
    ------
    CustomerRejected
        A field is missing, wrong, doubled or unknown; one entry for each.
    """
    errors: list[FieldError] = []
    found: dict[str, tuple[str, object]] = {}
    for key, value in pairs:
        names = spec.find(key)
        if names is None:
            known = ", ".join(feature.name for feature in spec.features)
            errors.append(
                FieldError(key, "unknown_field", f"unknown field, expected {known}")
            )
        elif names.name in found:
            first = found[names.name][0]
            message = f'"{first}" and "{key}" are the same field, expected it once'
            errors.append(FieldError(key, "duplicate_field", message))
        else:
            found[names.name] = (key, value)
    id_key, customer_id = found.pop(spec.id.name, (spec.id.name, None))
    if isinstance(customer_id, bool) or not isinstance(
        customer_id, str | int | float | None
    ):
        message = f"{spec.id.name}: got another type, expected a text or a number"
        errors.append(FieldError(id_key, "wrong_type", message))
        customer_id = None
    customer: list[Value] = []
    for feature in spec.features:
        key, value = found.get(feature.name, (feature.name, None))
        try:
            customer.append(feature.read_json(value))
        except ValueRejected as exc:
            errors.append(FieldError(key, exc.reason.value, exc.detail))
    if errors:
        raise CustomerRejected(errors)
    return Customer(
        id=customer_id,
        fields={feature.name: found[feature.name][1] for feature in spec.features},
        values=tuple(customer),
        warnings=tuple(_warnings(spec, customer, found)),
    )


def _warnings(
    spec: Spec, customer: Sequence[Value], found: dict[str, tuple[str, object]]
) -> list[FieldError]:
    warnings = []
    for feature, value in zip(spec.features, customer, strict=True):
        if not isinstance(feature, NumericFeature) or not isinstance(value, float):
            continue
        if not feature.typical.contains(value):
            message = f"{feature.name}: {format_number(value)} is unusual, typical is {feature.typical}"
            warnings.append(FieldError(found[feature.name][0], UNTYPICAL, message))
    return warnings


UNTYPICAL = "untypical_value"
"""The code of a warning: a valid value outside the typical range."""


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _EXACT_DIGITS else float(text)


def _refuse_constant(name: str) -> NoReturn:
    raise DocumentError(
        "body", f"not JSON ({name} is not a JSON number), expected a finite number"
    )
