"""A form for one customer, made from the API's JSON Schema: a new spec needs no change here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from console.wording import label, number, plain

FEW = 5
"""Up to so many choices are all shown; more are in a list to open."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form.

    Parameters
    ----------
    name, title
        What the API and what people call it.
    choices
        The categories, or empty for a number.
    help
        Unit and what is typical.
    low, high
        Ends of the slider; None where the schema knows no range.
    example
        What stands there at first.
    """

    name: str
    title: str
    choices: tuple[str, ...]
    help: str
    low: float | None
    high: float | None
    example: Any

    @property
    def step(self) -> float:
        """How far one press of an arrow key moves the slider: about a hundredth, 1 for most."""
        span = (self.high or 0.0) - (self.low or 0.0)
        step = 10.0 ** math.floor(math.log10(span / 100)) if span > 0 else 1.0
        return max(step, 1.0) if span >= FEW else step


def read_fields(schema: Mapping[str, Any]) -> list[Field]:
    """Read the fields that a customer needs off the schema of ``GET /schema``."""
    example = (schema.get("examples") or [{}])[0]
    properties = schema["properties"]
    return [_field(name, properties[name], example.get(name)) for name in schema["required"]]


FAR = 1e9
"""A bound beyond it only says that none was set: a slider could not be aimed."""


def _field(name: str, property_: Mapping[str, Any], example: object) -> Field:
    choices = tuple(str(one["name"]) for one in property_.get("x-categories", []))
    typical = property_.get("x-typical", {})
    # Where nothing typical is known, what cannot be right ends the slider.
    low = typical.get("minimum", property_.get("minimum"))
    high = typical.get("maximum", property_.get("maximum"))
    known = low is not None and high is not None and -FAR < low < high < FAR
    return Field(
        name=name,
        title=str(property_.get("title", name)),
        choices=choices,
        help=str(property_.get("description", "")),
        low=float(low) if known and not choices else None,
        high=float(high) if known and not choices else None,
        example=example,
    )


def ask(field: Field, value: Any, *, exact: bool) -> Any:
    """Show a field and give what stands in it, None where it was left empty.

    Parameters
    ----------
    field
        Which one.
    value
        What stands there at first.
    exact
        Whether numbers are typed instead of chosen on a slider.
    """
    title, help_ = label(field.title), plain(field.help) or None
    if field.choices:
        index = field.choices.index(value) if value in field.choices else 0
        if len(field.choices) <= FEW:
            return st.radio(title, field.choices, index, horizontal=True, key=_key(field, "c"))
        return st.selectbox(title, field.choices, index, key=_key(field, "c"))
    if exact or field.low is None or field.high is None:
        # Without limits: what is right is for the API to judge, and it says why not. Only a field
        # that was empty at first can be emptied, so what stands there comes by its key.
        if _key(field, "n") not in st.session_state:
            st.session_state[_key(field, "n")] = None if value is None else float(value)
        typed = st.number_input(
            title,
            value=None,
            step=float(field.step),
            format="%.10g",
            help=help_,
            key=_key(field, "n"),
        )
        return int(typed) if typed is not None and typed.is_integer() else typed
    whole = all(float(one).is_integer() for one in (field.low, field.high, field.step))
    kind: type[int] | type[float] = int if whole else float
    start = field.low if value is None else min(max(float(value), field.low), field.high)
    return st.slider(
        title,
        kind(field.low),
        kind(field.high),
        kind(start),
        kind(field.step),
        help=help_,
        key=_key(field, "s"),
    )


def summary(fields: list[Field], customer: Mapping[str, Any]) -> str:
    """Say a customer in one line."""
    return ", ".join(
        f"{plain(one.title)} {plain(number(customer[one.name]))}"
        for one in fields
        if customer.get(one.name) is not None
    )


def _key(field: Field, kind: str) -> str:
    return f"{kind}.{field.name}"
