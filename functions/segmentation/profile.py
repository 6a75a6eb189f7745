"""What people are told of a segment: statistics of its training customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.document import Section
from segmentation.record import Record, read_by


@dataclass(frozen=True, slots=True)
class FeatureProfile(Record):
    """How a feature is spread in a segment.

    Parameters
    ----------
    mean, minimum, quartiles, maximum
        Of a numeric feature; there are three quartiles.
    shares
        Part of each category, of a categorical feature.
    z
        How far the segment's centre lies from the mean of all, in standard deviations.
    """

    OPTIONAL = frozenset({"mean", "minimum", "quartiles", "maximum", "shares", "z"})

    mean: float | None = read_by(Section.number)
    minimum: float | None = read_by(Section.number)
    quartiles: tuple[float, ...] = read_by(Section.numbers, tuple, length=3)
    maximum: float | None = read_by(Section.number)
    shares: Mapping[str, float] = read_by(Section.by_name, dict, read=Section.share)
    z: float | None = read_by(Section.number)


@dataclass(frozen=True, slots=True)
class Profile(Record):
    """Statistics of a segment for people, as training made them.

    Parameters
    ----------
    features
        By feature name.
    set_apart_by
        The features in which it differs most, first the one that sets it apart most.
    close_to_average
        Features whose word in the segment's name says little.
    silhouette, jaccard
        How well it is separated, -1 to 1, and how reliably it is found again, 0 to 1; None where
        that was not measured.
    """

    features: Mapping[str, FeatureProfile] = read_by(
        Section.by_name, dict, read=FeatureProfile.read_field
    )
    set_apart_by: tuple[str, ...] = read_by(Section.texts, tuple)
    close_to_average: tuple[str, ...] = read_by(Section.texts, tuple)
    silhouette: float | None = read_by(Section.number, minimum=-1, maximum=1)
    jaccard: float | None = read_by(Section.share)

    def of(self, feature: str) -> FeatureProfile:
        """The profile of a feature, an empty one where the document says nothing of it."""
        return self.features.get(feature, FeatureProfile())
