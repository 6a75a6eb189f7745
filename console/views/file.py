"""A file: drop a CSV, watch it being scored, see the result, and all earlier ones."""

from __future__ import annotations

import time

import streamlit as st

from console.errors import NoModelServes, UploadExists
from console.layout import aside, show, told
from console.outcome import show_outcome
from console.results import Listed
from console.system import System
from console.tables import table
from console.uploads import Sent
from console.wording import STATUSES, counted, plain
from segmentation.report import Report

SENT, SINCE, OPENED = "sent", "since", "opened"
SHOWN = 20
SLOW_SECONDS = 60
KEY_HELP = "How the file is called in the system. Use / for folders: november/customers.csv."


def body(system: System) -> None:
    """Fill the page."""
    st.markdown(
        "Drop a CSV file of customers. Every row comes back with its segment, or with the reason "
        "why it could not be scored."
    )
    with told("drop"):
        _drop(system)
    if SENT in st.session_state:
        _watch(system)
    elif OPENED in st.session_state:
        with told("outcome"):
            _opened(system, st.session_state[OPENED])
    with told("earlier"):
        _earlier(system)


def _drop(system: System) -> None:
    file = st.file_uploader("CSV file of customers, up to 200 MB", key="file")
    aside(
        "For a larger file use the AWS command line: "
        f"`aws s3 cp customers.csv s3://{system.settings.uploads}/`. Its result shows up below."
    )
    if file is None:
        return
    # Kept for as long as this file is there: else its own upload would make the name a taken one.
    name_of_file = f"name.{file.file_id}"
    if name_of_file not in st.session_state:
        st.session_state[name_of_file] = system.uploads.free_name(file.name)
    with st.form("drop"):
        key = st.text_input("Name of the upload", key=name_of_file, help=KEY_HELP).strip()
        replace = st.checkbox("Replace the upload of this name, and its whole result")
        sent = st.form_submit_button("Score this file")
    if not sent:
        return
    if not key or key.endswith("/"):
        st.error("Give the upload a name that does not end in /.", icon=":material/error:")
        return
    try:
        with st.spinner("Sending the file"):
            done = system.uploads.drop(key, file, replace=replace)
    except UploadExists as exc:
        st.error(
            f"{plain(exc)} Give another name, or tick the box to replace it.",
            icon=":material/error:",
        )
        return
    st.session_state[SENT], st.session_state[SINCE] = done, time.monotonic()
    st.session_state.pop(OPENED, None)


@st.fragment(run_every="1s")
def _watch(system: System) -> None:
    """Look for the report once a second, until it is there."""
    sent: Sent = st.session_state[SENT]
    with told("watch"):
        report = system.results.report(sent.key)
        if report is not None and _is_of(report, sent):
            st.session_state[OPENED] = sent.key
            del st.session_state[SENT]
            st.rerun()
        waited = time.monotonic() - st.session_state[SINCE]
        st.info(
            f"**{plain(sent.key)}** is there and is being scored. {waited:.0f} s so far.",
            icon=":material/hourglass_top:",
        )
        if waited > SLOW_SECONDS:
            _slow(system)
        if st.button("Do not wait for it"):
            del st.session_state[SENT]
            st.rerun()


def _slow(system: System) -> None:
    """Say why it may take so long."""
    try:
        system.api.version()
    except NoModelServes:
        st.warning("No model serves yet: the file waits until one does.", icon=":material/warning:")
        return
    st.warning(
        "A large file takes minutes. You may leave: the result shows up below. If it does not, "
        "whoever runs the system finds the reason with `segment dlq list`.",
        icon=":material/warning:",
    )


def _is_of(report: Report, sent: Sent) -> bool:
    """Tell whether a report is that of this file, or of one that replaced it since."""
    version_id = report.commit.source.version_id if report.commit else None
    return not sent.version_id or version_id == sent.version_id


def _opened(system: System, key: str) -> None:
    report = system.results.report(key)
    if report is None:
        st.info("This result is not there any more, or cannot be read.", icon=":material/info:")
        return
    show_outcome(system.results, key, report)


def _earlier(system: System) -> None:
    st.subheader("Earlier uploads", anchor=False)
    wanted = st.text_input("Search by name", key="wanted").strip().casefold()
    listed = [one for one in system.results.reports() if wanted in one.key.casefold()]
    if not listed:
        st.info(
            "None of that name." if wanted else "Nothing was uploaded yet.",
            icon=":material/inbox:",
        )
        return
    shown = listed[:SHOWN]
    table(
        [_row(system, one) for one in shown],
        "The newest uploads with their results",
    )
    if len(listed) > SHOWN:
        aside(f"The newest {SHOWN} of {counted(len(listed), 'upload')}. Search for the others.")
    with st.form("open", border=False):
        # A name is shown as it stands here: options are no Markdown.
        key = st.selectbox("Upload to open", [one.key for one in listed[:200]])
        if st.form_submit_button("Open its report") and key:
            st.session_state[OPENED] = key
            st.session_state.pop(SENT, None)
            st.rerun()


def _row(system: System, listed: Listed) -> dict[str, str]:
    report = _report(system, listed.key, listed.etag)
    return {
        "Upload": listed.key,
        "When (UTC)": f"{listed.written:%Y-%m-%d %H:%M}",
        "Result": STATUSES[report.status] if report else "cannot be read",
        "Scored": f"{report.rows.scored if report else 0:,}",
        "Rejected": f"{report.rows.rejected if report else 0:,}",
        "Model": report.model_version if report else "",
    }


@st.cache_data(show_spinner=False, max_entries=1000)
def _report(_system: System, key: str, etag: str) -> Report | None:
    """Read a report once: another one under this key has another ETag."""
    return _system.results.report(key)


show("A file", body)
