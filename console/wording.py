"""Plain words for what the system says in codes and numbers."""

from __future__ import annotations

import re

from segmentation.drift import Band
from segmentation.report import Status

REASONS = {
    "wrong_field_count": "The row has too many or too few fields",
    "not_text": "The row cannot be read as text",
    "missing_value": "A value is missing",
    "not_a_number": "There is text where a number belongs",
    "out_of_bounds": "A number cannot be right",
    "unknown_category": "A word is not one of those that the model knows",
}
"""Why a row is rejected, by the code that stands in reports."""

STATUSES = {
    Status.SCORED: "Every row was scored",
    Status.PARTLY_SCORED: "Scored, with rejected rows",
    Status.REFUSED: "Refused as a whole",
}

BANDS = {
    Band.NONE: "no change to speak of",
    Band.MODERATE: "some change",
    Band.LARGE: "large change",
    Band.UNTOLD: "too few rows to tell",
}
"""How far customers have moved from those that trained the model."""

METRICS = {
    "silhouette": "Separation (silhouette, up to 1)",
    "stability": "Stability (up to 1)",
    "davies_bouldin": "Overlap (Davies-Bouldin, less is better)",
    "calinski_harabasz": "Spread between over within (Calinski-Harabasz)",
    "inertia": "Inertia",
}

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_ADDRESS = re.compile(r"(://|\bwww(?=\.))", re.IGNORECASE)
_JOINER = "\u2060"  # seen by nobody, and no part of an address


def plain(text: object) -> str:
    r"""Give text that Streamlit shows as it stands: it reads nearly every text as Markdown.

    Names of files, columns and segments, and cells, are written by others. An image in one would
    make the browser fetch an address of theirs, and a bare address would become a link.

    Examples
    --------
    >>> print(plain("![x](y) $1"))
    \!\[x\]\(y\) \$1
    """
    unlinked = _ADDRESS.sub(rf"\1{_JOINER}", " ".join(str(text).split()))
    return _MARKDOWN.sub(r"\\\1", unlinked)


def label(text: str) -> str:
    r"""Give the label of a widget: as it stands where that is safe.

    Streamlit hands the text of a label to screen readers as it is, escapes and all.

    Examples
    --------
    >>> print(label("Annual Income (k$)"), label("[Age](x)"))
    Annual Income (k$) \[Age\]\(x\)
    """
    risky = set(text) & set("[]*_`~:<>!\\\n") or text.count("$") > 1 or "www." in text
    return plain(text) if risky else text


def number(value: object) -> str:
    """Write a number as people do, and anything else as it is.

    Examples
    --------
    >>> number(77.0), number(1234.567), number(0.00012), number(True), number("Male")
    ('77', '1,234.57', '0.00012', 'True', 'Male')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == int(value):
        return f"{int(value):,}" if abs(value) < 1e15 else f"{value:.4g}"
    return f"{value:,.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def title(name: str) -> str:
    """Make a title of a field's name, where nothing knows its real one.

    Examples
    --------
    >>> title("total_spend")
    'Total spend'
    """
    return name.replace("_", " ").capitalize()


def share(part: float) -> str:
    """Write a part of a whole.

    Examples
    --------
    >>> share(0.625), share(0.004), share(0.0)
    ('62 %', 'under 1 %', '0 %')
    """
    return "under 1 %" if 0 < part < 0.01 else f"{100 * part:.0f} %"


def size(count: int) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(999), size(12_300), size(592_000_000)
    ('999 bytes', '12 kB', '592 MB')
    """
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.0f} MB"


def counted(count: int, noun: str) -> str:
    """Say how many.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def nearness(margin: float, second: str) -> str:
    """Say how near the second segment is.

    Parameters
    ----------
    margin
        (second - nearest) / second distance: from 0, between two, to 1, on the centre.
    second
        The second nearest segment.
    """
    if margin < 0.1:
        return f"A close call: {second} is about as near. Either message may fit."
    if margin < 0.3:
        return f"Fairly sure: {second} is not far off."
    return f"Clear: the next one, {second}, is much farther away."
