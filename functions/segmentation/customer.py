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
    Reason,
    ValueRejected,
)
from segmentation.features import Value
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from segmentation.values import LARGEST_NUMBER, format_number, shown

_EXACT_DIGITS = 400  # a longer whole number is beyond float64, whatever its digits


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

BYTE_ORDER_MARK = "\ufeff"


def parse_customer(data: bytes | str) -> Pairs:
    """Parse a JSON object to its members in order, doubled keys included.

    A byte order mark is ignored, as RFC 8259, section 8.1 allows: Windows tools write one.

    Raises
    ------
    DocumentError
        The text is not JSON (RFC 8259: no NaN, no Infinity) or not an object.

    Examples
    --------
    >>> parse_customer(b'{"age": 19, "age": [1]}')
    (('age', 19), ('age', [1]))
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        parsed = _decoder.decode(text.removeprefix(BYTE_ORDER_MARK))
    except UnicodeDecodeError as exc:
        problem = f"byte {exc.start} is not UTF-8, expected a JSON text"
        raise DocumentError("body", problem) from exc
    except json.JSONDecodeError as exc:
        place = f"line {exc.lineno} column {exc.colno}"
        raise DocumentError("body", f"not JSON at {place}: {exc.msg}") from exc
    except RecursionError as exc:
        raise DocumentError("body", "nested too deeply, expected one flat object") from exc
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
            message = f"unknown field, expected {known}"
            errors.append(FieldError(shown(key), "unknown_field", message))
        elif names.name in found:
            first, again = shown(found[names.name][0]), shown(key)
            message = f'"{first}" and "{again}" are the same field, expected it once'
            errors.append(FieldError(again, "duplicate_field", message))
        else:
            found[names.name] = (key, value)
    id_key, id_value = found.pop(spec.id.name, (spec.id.name, None))
    customer_id = _read_id(spec.id.name, id_key, id_value, errors)
    customer: list[Value] = []
    for feature in spec.features:
        key, value = found.get(feature.name, (feature.name, None))
        try:
            customer.append(feature.read_json(value))
        except ValueRejected as exc:
            errors.append(FieldError(shown(key), exc.reason.value, exc.detail))
    if errors:
        raise CustomerRejected(errors)
    return Customer(
        id=customer_id,
        fields={feature.name: found[feature.name][1] for feature in spec.features},
        values=tuple(customer),
        warnings=tuple(_warnings(spec, customer, found)),
    )


def _read_id(
    name: str, key: str, value: object, errors: list[FieldError]
) -> str | int | float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        message = f"{name}: got another type, expected a text or a number"
        errors.append(FieldError(shown(key), "wrong_type", message))
        return None
    if isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER:
        # It is echoed, and not every reader of JSON knows numbers beyond float64 (RFC 8259, 6).
        message = f"{name}: got a number beyond {LARGEST_NUMBER:g}, expected it as a text"
        errors.append(FieldError(shown(key), Reason.OUT_OF_BOUNDS.value, message))
    return value


def _warnings(
    spec: Spec, customer: Sequence[Value], found: dict[str, tuple[str, object]]
) -> list[FieldError]:
    warnings = []
    for feature, value in zip(spec.features, customer, strict=True):
        if not isinstance(feature, NumericFeature) or not isinstance(value, float):
            continue
        if not feature.typical.contains(value):
            unusual = f"{feature.name}: {format_number(value)} is unusual"
            message = f"{unusual}, typical is {feature.typical.stated}"
            key = shown(found[feature.name][0])
            warnings.append(FieldError(key, UNTYPICAL, message))
    return warnings


UNTYPICAL = "untypical_value"
"""The code of a warning: a valid value outside the typical range."""


def _whole(text: str) -> int | float:
    return int(text) if len(text) <= _EXACT_DIGITS else float(text)


def _refuse_constant(name: str) -> NoReturn:
    raise DocumentError("body", f"not JSON ({name} is not a JSON number), expected a finite number")


_decoder = json.JSONDecoder(
    object_pairs_hook=tuple, parse_constant=_refuse_constant, parse_int=_whole
)
