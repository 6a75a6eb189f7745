"""The registry as the console reads it: every version once, for a version never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console.system import System
from console.wording import METRICS, number, share
from segmentation.document import Section
from segmentation.errors import DocumentError
from segmentation.model import Model
from segmentation.profile import Profile


def load(system: System, version: str) -> Model:
    """Give a version.

    Raises
    ------
    RegistryError, DocumentError, TransientError
        It cannot be read.
    """
    return _load(system, system.registry.address, version)


@st.cache_resource(show_spinner=False, max_entries=100)
def _load(_system: System, address: str, version: str) -> Model:
    return _system.registry.load(version)


def version_rows(
    system: System, versions: Sequence[str], champion: str | None
) -> list[dict[str, str]]:
    """Tell of each version what it is and how good; the newest first."""
    rows = []
    for version in reversed(versions):
        row = {"Version": version, "Serves": "yes, now" if version == champion else ""}
        try:
            model = load(system, version)
        except DocumentError as exc:  # one damaged version does not hide the others
            rows.append(row | {"Trained (UTC)": f"damaged: {exc}"})
            continue
        rows.append(
            row
            | {
                "Trained (UTC)": model.created_at[:16].replace("T", " "),
                "Segments": str(model.k),
                "Customers": _shown(model.training.rows),
                **{title: _shown(getattr(model.metrics, name)) for name, title in METRICS.items()},
                "From": _shown(model.training.address),
            }
        )
    return rows


def centre(segment: Mapping[str, Any], name: str) -> str:
    """Say where the centre of a segment lies: a mean, or the shares of the categories.

    Examples
    --------
    >>> spread = {"features": {"sex": {"shares": {"F": 0.56, "M": 0.44}}, "age": {"mean": 44.48}}}
    >>> segment = {"centroid": {"sex": 0.44, "age": 44.48}, "profile": spread}
    >>> centre(segment, "sex"), centre(segment, "age")
    ('56 % F, 44 % M', '44.48')
    """
    centroid = segment["centroid"].get(name)
    told = Profile.read(Section(segment.get("profile", {}), "profile")).of(name)
    shares = told.shares or (centroid if isinstance(centroid, Mapping) else None)
    if shares:
        largest_first = sorted(shares.items(), key=lambda one: -one[1])
        return ", ".join(f"{share(part)} {category}" for category, part in largest_first)
    return number(centroid) if isinstance(centroid, int | float) else "–"


def _shown(fact: float | str | None) -> str:
    return number("–" if fact is None else fact)
