"""Weight: how much a feature counts once it is scaled; 2 doubles its part of a distance."""

from __future__ import annotations

from segmentation.document import Section

SMALLEST_WEIGHT, LARGEST_WEIGHT = 1e-3, 1e3
"""How much less or more a feature can count; beyond, it is none, or the only one."""


def read_weight(section: Section) -> float:
    """Read the weight of a feature from its section; 1 where the section has none."""
    given = section.optional_number("weight", minimum=SMALLEST_WEIGHT, maximum=LARGEST_WEIGHT)
    return 1.0 if given is None else given


def weight_field(weight: float) -> dict[str, object]:
    """The field of a document, or none for an ordinary weight, for readers that know no weights."""
    return {} if weight == 1 else {"weight": weight}
