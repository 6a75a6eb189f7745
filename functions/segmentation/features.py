"""Features: what a column of customers means, a number or a category."""

from __future__ import annotations

from segmentation.categorical import CategoricalFeature, Category
from segmentation.document import Section
from segmentation.names import Names
from segmentation.numeric import NumericFeature

Feature = NumericFeature | CategoricalFeature
Value = float | Category


def read_feature(section: Section) -> Feature:
    """Read one feature of a spec.

    Raises
    ------
    DocumentError
        A field is missing, unknown, of another type or contradicts another.
    """
    kinds = {kind.kind: kind for kind in (NumericFeature, CategoricalFeature)}
    with section:
        names = Names.read(section)
        return kinds[section.choice("kind", tuple(kinds))].read(names, section)
