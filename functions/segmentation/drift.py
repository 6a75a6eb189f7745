"""How far the customers of an upload have moved from those that trained the model, as reports say.

The figure is the population stability index (PSI); its usual bands are below 0.1 none, to 0.25
moderate, above large. `engine.drift` works it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from segmentation.document import Section

MODERATE, LARGE = 0.1, 0.25
SEGMENTS = "segments"
"""Under this name the index of the segment shares stands beside those of the features."""


class Band(StrEnum):
    """What an index says; without rows enough to tell drift from chance it says nothing."""

    NONE = "none"
    MODERATE = "moderate"
    LARGE = "large"
    UNTOLD = "too few rows"

    @classmethod
    def of(cls, psi: float) -> Band:
        """Return the band of an index on enough rows.

        Examples
        --------
        >>> [str(Band.of(psi)) for psi in (0.09, 0.1, 0.25, 0.26)]
        ['none', 'moderate', 'moderate', 'large']
        """
        return cls.NONE if psi < MODERATE else cls.MODERATE if psi <= LARGE else cls.LARGE


@dataclass(frozen=True, slots=True)
class Index:
    """A population stability index; None where there was no row to work it out from."""

    psi: float | None
    band: Band

    @property
    def told(self) -> float | None:
        """The index, or None where rows are too few to tell it from chance."""
        return None if self.band is Band.UNTOLD else self.psi

    @property
    def has_drifted(self) -> bool:
        """Whether it is above what counts as none, on rows enough to tell."""
        return self.band in (Band.MODERATE, Band.LARGE)

    @classmethod
    def read(cls, section: Section) -> Index:
        """Read an index; one with a band has a number."""
        band = Band(section.choice("band", tuple(Band)))
        number = section.optional_number if band is Band.UNTOLD else section.number
        return cls(number("psi", minimum=0), band)


@dataclass(frozen=True, slots=True)
class Drift:
    """The indices of an upload.

    Parameters
    ----------
    sampled_rows
        How many customers were binned for those of the features.
    features
        By name of the feature.
    segments
        Of the segment shares, over all customers.
    """

    sampled_rows: int
    features: Mapping[str, Index]
    segments: Index

    @property
    def indices(self) -> dict[str, Index]:
        """All indices by name, `SEGMENTS` last."""
        return {**self.features, SEGMENTS: self.segments}

    @classmethod
    def read(cls, section: Section) -> Drift:
        """Read the indices of an upload."""
        features = section.section("features")
        return cls(
            section.integer("sampled_rows", minimum=0),
            {name: Index.read(features.section(name)) for name in features.names},
            Index.read(section.section(SEGMENTS)),
        )
