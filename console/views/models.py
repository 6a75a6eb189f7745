"""Segments and models: what the champion says, all versions, and which of them serves."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import streamlit as st

from console import models
from console.champion import may_move_champion
from console.errors import ApiUnreachable
from console.form import read_fields
from console.layout import aside, show, told
from console.system import System
from console.tables import table
from console.wording import METRICS, number, plain, share, title
from segmentation.errors import SegmentationError
from segmentation.registry import Alias, Champion
from training.errors import PromotionRefused
from training.models.comparison import compare
from training.models.promotion import promote, refusals
from training.report import ATTACHED, html_report
from training.user import user_name

EXPECTED = "expected"
# A report needs neither scripts nor anything from outside, and may have neither. As an address of
# its own kind (data:) it also has no access to this page.
_POLICY = (
    "<!doctype html><meta http-equiv='Content-Security-Policy' "
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)


def body(system: System) -> None:
    """Fill the page."""
    now, versions, compare, change = st.tabs(
        ["Segments", "Versions", "Compare two", "Choose what serves"]
    )
    with now, told("segments"):
        _segments(system)
    with versions, told("versions"):
        _versions(system)
    with compare, told("compare"):
        _compare(system)
    with change, told("change"):
        _change(system)


def _segments(system: System) -> None:
    """Show the segments of the model that answers, side by side."""
    answer, fields = system.api.segments(), read_fields(system.api.schema())
    segments = answer["segments"]
    aside(f"Model {plain(answer['model_version'])} answers now.")
    for first in range(0, len(segments), 3):
        for column, segment in zip(st.columns(3), segments[first : first + 3], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(segment)
    st.markdown("#### What a typical customer of each is like")
    rows = [
        {
            "Segment": segment["name"],
            "Customers": share(segment["share"]),
            **{one.title: models.centre(segment, one.name) for one in fields},
        }
        for segment in segments
    ]
    table(rows, "Centre of each segment by field")


def _card(segment: dict[str, Any]) -> None:
    st.markdown(f"#### {plain(segment['name'])}")
    st.markdown(f"**{share(segment['share'])}** of the customers that trained the model.")
    st.progress(segment["share"])
    st.markdown(f"{plain(segment['description'])}.")
    st.markdown(f"**Advice:** {plain(segment['advice'])}.")


def _versions(system: System) -> None:
    versions = system.registry.versions()
    if not versions:
        _no_version()
        return
    champion = system.registry.champion()
    rows = models.version_rows(system, versions, champion.version)
    table(rows, "All versions with their quality, the newest first")
    st.markdown("#### Training report")
    chosen = st.selectbox(
        "Version",
        versions[::-1],
        index=versions[::-1].index(champion.version) if champion.version in versions else 0,
        key="reported",
    )
    html = _report(system, chosen)
    st.download_button(
        "Save this report",
        data=html,
        file_name=f"{chosen}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
    )
    page = base64.b64encode((_POLICY + html).encode()).decode()
    st.iframe(
        f"data:text/html;charset=utf-8;base64,{page}",
        height=800,
        tab_index=0,
        alt=f"Training report of {chosen}",
    )


def _report(system: System, version: str) -> str:
    """Give the report that was published with a version, else one made from its document."""
    attached = system.registry.attachment(version, ATTACHED)
    if attached is not None:
        return attached.decode("utf-8", "replace")
    return html_report(models.load(system, version))


def _compare(system: System) -> None:
    versions = system.registry.versions()[::-1]
    if len(versions) < 2:
        st.info("There are no two versions to compare yet.", icon=":material/inbox:")
        return
    left, right = st.columns(2)
    first = left.selectbox("One version", versions, index=1, key="first")
    second = right.selectbox("Another version", versions, index=0, key="second")
    if first == second:
        st.info("Choose two different versions.", icon=":material/info:")
        return
    found = compare(models.load(system, first), models.load(system, second))
    st.markdown(f"**{plain(found.verdict)}**")
    if found.refusals:
        st.warning(
            f"{second} could not serve in place of {first}:\n\n" + _listed(found.refusals),
            icon=":material/block:",
        )
    st.markdown("#### Quality")
    table(
        [
            {
                "Figure": METRICS.get(one.name, title(one.name)),
                first: number("–" if one.a is None else one.a),
                second: number("–" if one.b is None else one.b),
            }
            for one in found.metrics
        ],
        f"Quality of {first} and {second}",
    )
    st.markdown("#### Segments")
    table(
        [
            {
                "Number": str(one.id),
                first: one.name_a or "–",
                f"Customers of {first}": _share(one.share_a),
                second: one.name_b or "–",
                f"Customers of {second}": _share(one.share_b),
            }
            for one in found.segments
        ],
        f"Segments of {first} and {second} by their number",
    )
    if found.schema:
        st.markdown("#### What a customer is\n\n" + _listed(found.schema))


def _share(part: float | None) -> str:
    return "–" if part is None else share(part)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {plain(one)}" for one in sentences)


def _change(system: System) -> None:
    """Let the user choose what serves, where their credentials may."""
    champion = system.registry.champion()
    _expected(system)
    if champion.version is None:
        st.info("No model serves yet.", icon=":material/hourglass_empty:")
    else:
        st.markdown(f"**{champion.version}** serves now.")
    _history(champion.alias)
    versions = [one for one in system.registry.versions()[::-1] if one != champion.version]
    if not versions:
        if champion.version is None:
            _no_version()
        else:
            st.info("There is no other version to choose.", icon=":material/inbox:")
        return
    if not may_move_champion(system.s3, system.settings.registry):
        st.info(
            "Your AWS credentials do not allow you to choose what serves. Whoever runs the system "
            "can do it, or let you.",
            icon=":material/lock:",
        )
        return
    st.markdown("#### Let another version serve")
    chosen = st.selectbox("Version to serve", versions, key="candidate")
    reasons = _refusals(system, chosen, champion)
    if reasons:
        st.warning(
            f"**{chosen} cannot serve: it would break something for users of the answers.**\n\n"
            + _listed(reasons),
            icon=":material/block:",
        )
    if st.button(f"Let {chosen} serve …", disabled=bool(reasons)):
        _confirm(system, chosen, champion.version)
    back = champion.alias.promoted() if champion.alias else ()
    if len(back) > 1:
        st.markdown("#### Go back")
        st.markdown(f"{back[-2]} served before {champion.version}.")
        if st.button(f"Go back to {back[-2]} …"):
            _confirm(system, None, champion.version)


def _refusals(system: System, version: str, champion: Champion) -> list[str]:
    serving = models.load(system, champion.version) if champion.version else None
    return refusals(models.load(system, version), serving)


@st.dialog("Are you sure?")
def _confirm(system: System, version: str | None, champion: str | None) -> None:
    """Ask once more; None as version goes back to the one before."""
    what = f"{version} serve instead of {champion}" if champion else f"{version} serve"
    st.markdown(f"Let {what}?" if version else f"Take back the promotion of {champion}?")
    st.markdown(
        "From the next minute on, predictions and new files get the answers of that model. Files "
        "that were scored keep theirs."
    )
    by = st.text_input("Your name", value=user_name()).strip()
    why = st.text_input("The reason, for the history").strip()
    yes, no = st.columns(2)
    if no.button("Cancel", width="stretch"):
        st.rerun()
    if yes.button("Yes, do it", width="stretch", disabled=not by):
        try:
            if version:
                alias = promote(system.registry, version, by=by, why=why)
            else:
                alias = system.registry.rollback(by=by, why=why)
        except PromotionRefused as exc:
            st.error("; ".join(map(plain, exc.reasons)), icon=":material/block:")
            return
        except SegmentationError as exc:
            st.error(f"Nothing was changed. {plain(exc)}", icon=":material/error:")
            return
        st.session_state[EXPECTED] = alias.version
        st.rerun()


@st.fragment(run_every="2s")
def _expected(system: System) -> None:
    """After a change, tell when the API has noticed it."""
    expected = st.session_state.get(EXPECTED)
    if expected is None:
        return
    try:
        answers = system.api.version()
    except (ApiUnreachable, SegmentationError):
        answers = None
    if answers == expected:
        st.success(
            f"**{expected}** serves, and predictions use it.", icon=":material/check_circle:"
        )
    else:
        st.info(
            f"**{expected}** was chosen. Predictions follow within a minute or so"
            + (f"; {plain(answers)} still answers." if answers else "."),
            icon=":material/hourglass_top:",
        )


def _history(alias: Alias | None) -> None:
    if alias is None:
        return
    with st.expander("What served when"):
        table(
            [
                {
                    "When (UTC)": move.at[:16].replace("T", " "),
                    "Served since": move.version,
                    "How": "chosen" if move.action == "promote" else "taken back",
                    "By": move.by,
                    "Why": move.why,
                }
                for move in alias.history[::-1]
            ],
            "Which version served since when, the newest first",
        )


def _no_version() -> None:
    st.info(
        "No model was trained yet. Where the project is installed: `segment fit customers.csv`.",
        icon=":material/inbox:",
    )


show("Segments and models", body)
