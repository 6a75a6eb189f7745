"""Where Streamlit begins: three pages over one system. ``segment console`` runs it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from console import tables

PAGES = [
    st.Page("views/customer.py", title="One customer", icon=":material/person:", default=True),
    st.Page("views/file.py", title="A file", icon=":material/upload_file:", url_path="file"),
    st.Page(
        "views/models.py",
        title="Segments and models",
        icon=":material/category:",
        url_path="models",
    ),
]

# An icon of our own: those of Streamlit's pages would be fetched from the internet.
ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Customer segments", page_icon=str(ICON), layout="wide")
st.html(tables.STYLE)
st.navigation(PAGES, position="top").run()
