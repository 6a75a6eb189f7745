"""One customer: a form, and what the API answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import charts
from console.errors import CustomerRefused
from console.form import Field, ask, read_fields, summary
from console.layout import aside, show, told
from console.system import System
from console.tables import table
from console.wording import nearness, number, plain, share

CUSTOMER, ANSWER, ERRORS = "customer", "answer", "errors"


def body(system: System) -> None:
    """Fill the page: the form on the left, the answer on the right."""
    fields = read_fields(system.api.schema())
    left, right = st.columns([2, 3], gap="large")
    with left:
        customer = _form(fields)
    if customer is not None:
        _ask(system, customer)
        st.rerun()  # so that what is wrong stands beside its field
    with right, told("answer"):
        answer = st.session_state.get(ANSWER)
        if answer is None:
            st.info(
                "Say what you know of a customer and press **Find the segment**.",
                icon=":material/arrow_back:",
            )
        else:
            _answer(system, fields, st.session_state[CUSTOMER], answer)


def _form(fields: Sequence[Field]) -> dict[str, Any] | None:
    """Show the form and give what was sent, None while nothing was."""
    before = st.session_state.get(CUSTOMER, {})
    errors: Mapping[str, str] = st.session_state.get(ERRORS, {})
    exact = st.toggle(
        "Type the numbers",
        help="The sliders cover what is typical. Typed numbers may be any.",
    )
    with st.form("ask", border=True):
        if errors:
            st.error(
                f"**Nothing was sent on.** {len(errors)} of the fields cannot be used, see below.",
                icon=":material/error:",
            )
        customer = {}
        for field in fields:
            customer[field.name] = ask(field, before.get(field.name, field.example), exact=exact)
            if message := errors.get(field.name):
                told_to = message.removeprefix(f"{field.name}: ")
                st.markdown(f":red[:material/error: **{plain(field.title)}**: {plain(told_to)}]")
        sent = st.form_submit_button("Find the segment", width="stretch")
    return customer if sent else None


def _ask(system: System, customer: dict[str, Any]) -> None:
    st.session_state[CUSTOMER] = customer
    st.session_state[ERRORS] = {}
    st.session_state.pop(ANSWER, None)
    # An empty field is left out: the API says that it is missing.
    sent = {name: value for name, value in customer.items() if value is not None}
    try:
        with st.spinner("Asking the model"):
            st.session_state[ANSWER] = system.api.predict(sent)
    except CustomerRefused as exc:
        st.session_state[ERRORS] = exc.messages


def _answer(
    system: System, fields: Sequence[Field], customer: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    segment, second = answer["segment"], answer["segments"][1]
    st.subheader(plain(segment["name"]), anchor=False)
    st.markdown(f"{plain(segment['description'])}.")
    st.success(f"**Advice:** {plain(segment['advice'])}.", icon=":material/campaign:")
    st.markdown(nearness(answer["margin"], plain(second["name"])))
    if answer["outlier"]:
        st.warning(
            "This customer is unlike those that trained the model. Take the answer with care.",
            icon=":material/warning:",
        )
    titles = {field.name: field.title for field in fields}
    for warning in answer["warnings"]:
        message = warning["message"].removeprefix(f"{warning['field']}: ")
        st.warning(
            f"{plain(titles.get(warning['field'], warning['field']))}: {plain(message)}",
            icon=":material/warning:",
        )
    aside(f"{summary(list(fields), customer)}. Answered by model {answer['model_version']}.")
    _reasons(titles, answer)
    _picture(system, fields, customer, answer)
    _distances(answer)


def _reasons(titles: Mapping[str, str], answer: Mapping[str, Any]) -> None:
    drivers = answer["drivers"]
    weighed = sum(abs(one["contribution"]) for one in drivers)
    if not weighed:
        return
    name, second = answer["segment"]["name"], answer["segments"][1]["name"]
    st.markdown(f"#### Why {plain(name)} and not {plain(second)}")
    charts.bars(
        "What drove it",
        [
            (
                f"{titles.get(one['feature'], one['feature'])}: {number(one['value'])}",
                abs(one["contribution"]) / weighed,
                f"{share(abs(one['contribution']) / weighed)} "
                + ("for it" if one["contribution"] >= 0 else "against it"),
            )
            for one in drivers
        ],
    )


def _picture(
    system: System, fields: Sequence[Field], customer: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    """Draw the customer among the segments, by the two numbers that decided most."""
    numeric = {one.name: one for one in fields if not one.choices}
    order = [one["feature"] for one in answer["drivers"] if one["feature"] in numeric]
    if len(order) < 2:
        return
    described = system.api.segments()
    if described["model_version"] != answer["model_version"]:
        return  # another model serves by now: its segments are not those of the answer
    st.markdown("#### Among the segments")
    x, y = (charts.Axis(name, numeric[name].title) for name in sorted(order[:2], key=order.index))
    charts.customer_among(described["segments"], customer, x, y)
    aside(
        "Dots are the centres of the segments, lines the middle half of their customers. The "
        "other fields count too, so the nearest dot here need not be the nearest of all."
    )


def _distances(answer: Mapping[str, Any]) -> None:
    with st.expander("How far every segment is"):
        table(
            [
                {"Segment": one["name"], "Distance": number(one["distance"])}
                for one in answer["segments"]
            ],
            "Distance of the customer from the centre of each segment, nearest first",
        )


show("One customer", body)
