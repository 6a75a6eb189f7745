"""What people are told of a segment: statistics of its training customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.document import Section
from segmentation.record import Record


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

    mean: float | None = None
    minimum: float | None = None
    quartiles: tuple[float, ...] = ()
    maximum: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    z: float | None = None

    @classmethod
    def read(cls, section: Section) -> FeatureProfile:
        """Read the profile of a feature.

        Raises
        ------
        DocumentError
            A field is unknown, of another type or out of range.
        """
        with section:
            return cls(
                mean=section.optional_number("mean"),
                minimum=section.optional_number("minimum"),
                quartiles=section.numbers("quartiles", length=3)
                if section.has("quartiles")
                else (),
                maximum=section.optional_number("maximum"),
                shares=section.by_name("shares", Section.share),
                z=section.optional_number("z"),
            )


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

    features: Mapping[str, FeatureProfile] = field(default_factory=dict)
    set_apart_by: tuple[str, ...] = ()
    close_to_average: tuple[str, ...] = ()
    silhouette: float | None = None
    jaccard: float | None = None

    @classmethod
    def read(cls, section: Section) -> Profile:
        """Read the profile of a segment.

        Raises
        ------
        DocumentError
            A field is unknown, of another type or out of range.
        """
        with section:
            return cls(
                features=section.by_name(
                    "features", lambda inner, name: FeatureProfile.read(inner.section(name))
                ),
                set_apart_by=section.texts("set_apart_by"),
                close_to_average=section.texts("close_to_average"),
                silhouette=section.optional_number("silhouette", minimum=-1, maximum=1),
                jaccard=section.optional_number("jaccard", minimum=0, maximum=1),
                absent=cls.absent_in(section),
            )

    def of(self, feature: str) -> FeatureProfile:
        """The profile of a feature, an empty one where the document says nothing of it."""
        return self.features.get(feature, FeatureProfile())
