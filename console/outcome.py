"""The result of one upload, as its report tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

import streamlit as st

from console import charts
from console.errors import OutputGone
from console.layout import aside
from console.results import LARGEST_DOWNLOAD, Results, rows_by_header
from console.tables import table
from console.wording import BANDS, REASONS, STATUSES, counted, plain, share, size, title
from segmentation.report import Output, Report

REJECTS_SHOWN = 50
PARQUET, CSV = "application/vnd.apache.parquet", "text/csv"


def show_outcome(results: Results, key: str, report: Report) -> None:
    """Show counts, segments, rejected rows, drift and downloads.

    Parameters
    ----------
    results
        Where the outputs are.
    key
        The upload.
    report
        Its report.
    """
    st.subheader(f"Result of {plain(key)}", anchor=False)
    status = STATUSES[report.status]
    if refusal := report.refusal:
        st.error(f"**{status}.** {plain(refusal.message)}", icon=":material/block:")
        return
    rows = report.rows
    if rows.rejected:
        st.warning(f"**{status}.** {plain(report.advice or '')}", icon=":material/warning:")
    else:
        st.success(f"**{status}.**", icon=":material/check_circle:")
    read, scored, rejected = st.columns(3)
    read.metric("Rows read", f"{rows.read:,}")
    scored.metric("Scored", f"{rows.scored:,}")
    rejected.metric("Rejected", f"{rows.rejected:,}")
    aside(f"Scored by model {plain(report.model_version)} in {report.seconds:.1f} s.")
    _downloads(results, key, report)
    _segments(report)
    if rows.rejected:
        _rejected(results, report)
    _change(report)


def _downloads(results: Results, key: str, report: Report) -> None:
    if report.commit is None:
        return
    name = PurePosixPath(key).name
    scored, rejected = report.commit.outputs.scored, report.commit.outputs.rejected
    first, second, third = st.columns(3)
    with first:
        _download(
            "Labelled rows as CSV",
            scored,
            results,
            results.labelled_csv,
            f"{name}.labelled.csv",
            CSV,
        )
    with second:
        _download(
            "Labelled rows as Parquet", scored, results, results.read, f"{name}.parquet", PARQUET
        )
    with third:
        if report.rows.rejected:
            _download(
                "Rejected rows as CSV", rejected, results, results.read, f"{name}.rejected.csv", CSV
            )


def _download(
    label: str,
    output: Output | None,
    results: Results,
    read: Callable[[Output], bytes],
    name: str,
    kind: str,
) -> None:
    """Offer an output; it is fetched when the button is pressed."""
    if output is None:
        return
    try:
        bytes_ = results.size(output)
    except OutputGone as exc:
        st.info(f"{label}: {plain(exc)}", icon=":material/info:")
        return
    if bytes_ > LARGEST_DOWNLOAD:
        st.markdown(f"{label}: {size(bytes_)}, too large for this page. On the AWS command line:")
        version = f" --version-id {output.version_id}" if output.version_id else ""
        st.code(
            f"aws s3api get-object --bucket {results.bucket} --key '{output.key}'{version} '{name}'"
        )
        return
    st.download_button(
        label,
        data=lambda: read(output),
        file_name=name,
        mime=kind,
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
        key=f"{label}.{output.version_id}",
    )


def _segments(report: Report) -> None:
    if not report.rows.scored:
        return
    st.markdown("#### Segments of this file")
    largest_first = sorted(report.segments, key=lambda one: -one.count)
    charts.bars(
        "Segments of this file",
        [
            (one.name, one.share, f"{counted(one.count, 'customer')}, {share(one.share)}")
            for one in largest_first
        ],
    )


def _rejected(results: Results, report: Report) -> None:
    st.markdown("#### Rejected rows")
    table(
        [
            {"Why": REASONS.get(code, code), "Rows": f"{count:,}"}
            for code, count in sorted(report.reasons.items(), key=lambda one: -one[1])
        ],
        "How many rows were rejected for each reason",
    )
    output = report.commit.outputs.rejected if report.commit else None
    if output is None:
        return
    try:
        records = results.first_rejected(output, report.delimiter or ",", REJECTS_SHOWN)
    except OutputGone as exc:
        st.info(plain(exc), icon=":material/info:")
        return
    rows = [_readable(row) for row in rows_by_header(records)]
    told = "All of them" if len(rows) == report.rows.rejected else f"The first {len(rows)}"
    with st.expander(f"{told}, as they stood in the file", expanded=len(rows) <= 10):
        table(rows, "Rejected rows with their reasons")
        aside("Row 1 of the file is its header.")


def _readable(row: Mapping[str, str]) -> dict[str, str]:
    first = {
        "Row": row.get("_row", ""),
        "What is wrong": row.get("_detail", ""),
    }
    return first | {
        name: cell for name, cell in row.items() if name not in ("_row", "_reason", "_detail")
    }


def _change(report: Report) -> None:
    """Tell how far these customers are from those that trained the model."""
    if report.warnings:
        st.markdown("#### Unusual values")
        for warning in report.warnings:
            told = warning.message.removeprefix(f"{warning.field}: ")
            count = counted(warning.count, "customer")
            st.markdown(f"- {plain(title(warning.field))}: {count} {plain(told)}")
    if report.drift is None:
        return
    st.markdown("#### Compared with the customers that trained the model")
    named = {title(name): index for name, index in report.drift.features.items()}
    named["The segments"] = report.drift.segments
    changed = [name for name, index in named.items() if index.has_drifted]
    if changed:
        st.warning(
            f"Changed: {', '.join(map(plain, changed))}. If that lasts, it is time to train again.",
            icon=":material/trending_up:",
        )
    table(
        [
            {
                "What": name,
                "Change": BANDS[index.band],
                "Index (PSI)": "–" if index.psi is None else f"{index.psi:.3f}",
            }
            for name, index in named.items()
        ],
        "How far each field has moved since training",
    )
