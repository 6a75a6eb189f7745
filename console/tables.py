"""Tables that a keyboard can reach: those of Streamlit scroll for a mouse or a finger only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import streamlit as st

STYLE = Path(__file__).with_suffix(".css")


def table(rows: Sequence[Mapping[str, str]], name: str) -> None:
    """Show rows, each as wide as the page allows and the rest by scrolling.

    Parameters
    ----------
    rows
        Cells by column, empty where a row has none. Any text is shown as it stands: it is neither
        HTML nor Markdown, so nothing in it is fetched or becomes a link.
    name
        What the table is, for those who do not see it.
    """
    st.html(markup(rows, name))


def markup(rows: Sequence[Mapping[str, str]], name: str) -> str:
    """Write a table as HTML (WAI-ARIA: a region that scrolls has a name and takes the focus).

    Examples
    --------
    >>> print(markup([{"Name": "<b>"}], "All names"))
    <div class="customers-table" role="region" aria-label="All names" tabindex="0">\
<table aria-label="All names"><thead><tr><th scope="col">Name</th></tr></thead>\
<tbody><tr><td>&lt;b&gt;</td></tr></tbody></table></div>
    """
    columns = dict.fromkeys(column for row in rows for column in row)
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(row.get(column, ''))}</td>" for column in columns) + "</tr>"
        for row in rows
    )
    named = f'aria-label="{escape(name)}"'
    return (
        f'<div class="customers-table" role="region" {named} tabindex="0">'
        f"<table {named}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
