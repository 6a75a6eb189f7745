"""Drift in a file: a chart as SVG, or a page that has all figures too."""

from __future__ import annotations

from collections.abc import Sequence

from cli.output import printable
from cli.tables.drift import HIGHEST, names_of
from cli.tables.operations import moment
from operations.drift import UploadDrift
from segmentation.drift import LARGE, MODERATE
from training.report import template
from training.report.charts.frame import LEFT, RIGHT, STYLE, WIDTH, Axis, Frame
from training.report.charts.segments import colour_class, sign_path


def drift_file(found: Sequence[UploadDrift], suffix: str) -> str:
    """Draw the indices over time; what has too few rows to tell is left out.

    Parameters
    ----------
    found
        In the order of time.
    suffix
        What is written: ``.svg`` or ``.html``.
    """
    reported = [moment(one.reported_at) for one in (*found[:1], *found[-1:])]
    times = [one.reported_at.timestamp() for one in found] or [0.0]
    told = [one.told for each in found for one in each.indices.values() if one.told is not None]
    frame = Frame(
        Axis(" to ".join(reported), times[0], times[-1]),
        Axis("Population stability index of uploads", 0.0, max([HIGHEST, *told])),
        height=330,
    )

    def points(name: str) -> list[tuple[float, float]]:
        return [
            (frame.left(one.reported_at.timestamp()), frame.top(psi))
            for one in found
            if name in one.indices and (psi := one.indices[name].told) is not None
        ]

    return template(f"drift{suffix}").render(
        frame=frame,
        left=LEFT,
        right=WIDTH - RIGHT,
        chart_style=STYLE,
        levels={f"{MODERATE} moderate": MODERATE, f"{LARGE} large": LARGE},
        found=found,
        names=names_of(found),
        points=points,
        moment=moment,
        printable=printable,
        sign_path=sign_path,
        colour_class=colour_class,
    )
