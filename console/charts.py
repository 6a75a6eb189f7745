"""Pictures: each says in its text alternative what it shows, and none tells by colour alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import streamlit as st

from console.wording import number, share
from segmentation.document import Section
from segmentation.profile import Profile

LIGHT = {"ink": "#1b1f24", "soft": "#59636e", "accent": "#0b5cad", "mark": "#a3330b"}
DARK = {"ink": "#e6edf3", "soft": "#9aa4af", "accent": "#6cb0ff", "mark": "#ffb77a"}


@dataclass(frozen=True, slots=True)
class Axis:
    """A numeric feature along an axis: its name and its title."""

    name: str
    title: str


def colours() -> Mapping[str, str]:
    """Give the colours for the theme that the user has."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def customer_among(
    segments: Sequence[Mapping[str, Any]], customer: Mapping[str, Any], x: Axis, y: Axis
) -> None:
    """Draw the segments by two features, and the customer among them.

    Parameters
    ----------
    segments
        As ``GET /segments`` describes them.
    customer
        The values as they were sent.
    x, y
        The features.
    """
    ink = colours()
    rows = apart([_place(one, x, y) for one in segments])
    here = {"name": "This customer", "x": customer[x.name], "y": customer[y.name]}
    scale = alt.Scale(zero=False, padding=30)
    axis = alt.Axis(labelColor=ink["ink"], titleColor=ink["ink"])
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("x:Q", title=x.title, scale=scale, axis=axis),
        y=alt.Y("y:Q", title=y.title, scale=scale, axis=axis),
        tooltip=["name:N", "x:Q", "y:Q", "share:N"],
    )
    spread: dict[str, Any] = dict(color=ink["soft"], opacity=0.6, strokeWidth=2)
    text: dict[str, Any] = dict(color=ink["ink"], fontSize=12, lineBreak="\n")
    you = alt.Chart(alt.InlineData(values=[here])).encode(
        x="x:Q", y="y:Q", tooltip=["name:N", "x:Q", "y:Q"]
    )
    chart = alt.layer(
        base.mark_rule(**spread).encode(x="x_low:Q", x2="x_high:Q"),
        base.mark_rule(**spread).encode(y="y_low:Q", y2="y_high:Q"),
        base.mark_circle(color=ink["accent"], size=120, opacity=1),
        base.transform_filter("!datum.above")
        .mark_text(dy=16, baseline="top", **text)
        .encode(text="label:N"),
        base.transform_filter("datum.above")
        .mark_text(dy=-42, baseline="top", **text)
        .encode(text="label:N"),
        you.mark_point(shape="diamond", size=260, filled=True, color=ink["mark"], opacity=1),
        you.mark_text(dy=-16, **{**text, "fontWeight": "bold"}).encode(text="name:N"),
    ).properties(height=420)
    places = "; ".join(f"{r['name']} at {number(r['x'])} and {number(r['y'])}" for r in rows)
    st.altair_chart(
        chart,
        alt=f"{x.title} across and {y.title} upwards. This customer is at {number(here['x'])} and "
        f"{number(here['y'])}. Centres of the segments: {places}.",
    )


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> None:
    """Draw one bar for each row, with its words at its end.

    Parameters
    ----------
    title
        What is shown.
    rows
        Name, length of at least 0 and the words.
    """
    ink = colours()
    values = [
        {"name": name, "value": value, "words": words, "label": f"{name} – {words}"}
        for name, value, words in rows
    ]
    longest = max((value for _, value, _ in rows), default=0.0) or 1.0
    # The words stand above their bar, so that they have the whole width of a phone.
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=(0, longest))),
        y=alt.Y("name:N", sort=None, axis=None),
        tooltip=["name:N", "words:N"],
    )
    chart = alt.layer(
        base.mark_bar(color=ink["accent"], height=10, yOffset=9),
        base.mark_text(align="left", dy=-8, color=ink["ink"], fontSize=13).encode(
            x=alt.value(0), text="label:N"
        ),
    ).properties(height=max(60, 44 * len(rows)))
    told = "; ".join(f"{name}: {words}" for name, _, words in rows)
    st.altair_chart(chart, alt=f"{title}. {told}.")


def apart(places: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say whose label stands above its dot: the upper one of two that are near each other.

    Examples
    --------
    >>> dots = [{"x": 0, "y": 0}, {"x": 50, "y": 50}, {"x": 52, "y": 53}, {"x": 100, "y": 100}]
    >>> [one["above"] for one in apart(dots)]
    [False, False, True, False]
    """
    width, height = (
        max(one[letter] for one in places) - min(one[letter] for one in places) or 1.0
        for letter in "xy"
    )
    return [
        {
            **one,
            "above": any(
                abs(one["x"] - other["x"]) < 0.3 * width
                and 0 < one["y"] - other["y"] < 0.15 * height
                for other in places
            ),
        }
        for one in places
    ]


def _place(segment: Mapping[str, Any], x: Axis, y: Axis) -> dict[str, Any]:
    """Give a segment's centre, and the middle half of its customers where that is known."""
    centre = segment["centroid"]
    profile = Profile.read(Section(segment.get("profile", {}), "profile"))
    place = {
        "name": segment["name"],
        "label": str(segment["name"]).replace(" - ", "\n"),
        "share": share(segment["share"]),
        "x": centre[x.name],
        "y": centre[y.name],
    }
    for letter, axis in (("x", x), ("y", y)):
        lower, _, upper = profile.of(axis.name).quartiles or [centre[axis.name]] * 3
        place |= {f"{letter}_low": lower, f"{letter}_high": upper}
    return place
