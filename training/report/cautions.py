"""What makes a model doubtful, in words for those who have never heard of a Jaccard similarity."""

from __future__ import annotations

from segmentation.model import Model
from training.models.cautions import STABLE, is_confirmed, votes_for_none
from training.models.summary import dropped_rows


def cautions(model: Model) -> list[str]:
    """Say what a reader should know before the segments; the figures behind it stand elsewhere."""
    found = []
    used, dropped = model.training.get("rows"), sum(dropped_rows(model.training).values())
    if dropped and isinstance(used, int):
        found.append(f"{dropped:,} of {used + dropped:,} rows could not be used.")
    if votes_for_none(model):
        found.append(
            "The customers may have no clear groups: take the segments as a handy way to divide "
            "them, not as kinds of customers that exist by themselves."
        )
    unstable = [str(one.id) for one in model.segments if is_unstable(one.profile.get("jaccard"))]
    if unstable:
        found.append(
            f"{len(unstable)} of {model.k} segments may look different with other customers of "
            f"the same kind: {', '.join(unstable)}."
        )
    if not is_confirmed(model.metrics):
        found.append("There may be a better division: the best one found came up too rarely.")
    return found


def is_unstable(jaccard: object) -> bool:
    """Tell whether a segment is known not to be found again reliably."""
    return isinstance(jaccard, int | float) and jaccard < STABLE
