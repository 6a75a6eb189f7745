"""The model document: everything that serving needs to know, as readable JSON.

No pickle: a pickle executes code when it is loaded and breaks across library versions. Python
writes a float64 as the shortest text that reads back to the same bits, so nothing is lost.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from segmentation.categorical import CategoricalFeature
from segmentation.criteria import Criteria
from segmentation.document import Section, parse_json
from segmentation.profile import Profile
from segmentation.record import Record
from segmentation.spec import Spec
from segmentation.training_record import TrainingRecord
from segmentation.values import LARGEST_NUMBER

FORMAT = "segmentation-model"
FORMAT_VERSION = 1
VERSION_PATTERN = r"v[1-9][0-9]*"
UNPUBLISHED = "unpublished"
"""The version of a model that is not in a registry yet."""

MAXIMUM_ID = 2**31 - 1
"""Segment ids are int32 in the labelled Parquet."""

SMALLEST_SCALE, LARGEST_SCALE = 1e-30, 2 * LARGEST_NUMBER
"""Below the first a scaled distance could overflow float64; no feature is wider than the second."""

LARGEST_COORDINATE = 2e130
"""How far out in scaled space a customer can lie, by the limits above, and so a centroid; the
square of their distance is still a float64."""

_LARGEST_LOGARITHM = math.log1p(LARGEST_NUMBER)


@dataclass(frozen=True, slots=True)
class Column:
    """One dimension of centroid space: ``(x - offset) / scale`` of a feature (or its category).

    Parameters
    ----------
    feature, category
        What it measures; None but for a one-hot feature.
    offset, scale
        Of the transformed value; the feature's weight is in the scale.
    transform
        Of the feature (`segmentation.numeric.NumericFeature`), from the spec.
    """

    feature: str
    category: str | None
    offset: float
    scale: float
    transform: str = "none"

    def transformed(self, number: float) -> float:
        """Give a value as it is before scaling."""
        return math.log1p(number) if self.transform == "log1p" else number

    def in_units(self, scaled: float) -> float:
        """Give the value, in original units, that lies at a place in scaled space."""
        number = scaled * self.scale + self.offset
        if self.transform == "log1p":
            return math.expm1(min(number, _LARGEST_LOGARITHM))
        return number

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        return {
            "feature": self.feature,
            "category": self.category,
            "offset": self.offset,
            "scale": self.scale,
        }


@dataclass(frozen=True)
class Segment(Record):
    """A cluster with its identity.

    Parameters
    ----------
    id
        Stable name of the segment across retrains; not an index.
    name, description, advice
        What people read.
    size, share
        Training customers in the segment, and their part of all.
    centroid
        One number for each column of the model, scaled.
    radius
        Distance beyond which a customer is an outlier of the segment.
    profile
        Statistics for people, as training made them.
    """

    id: int
    name: str
    description: str
    advice: str
    size: int
    share: float
    centroid: tuple[float, ...]
    radius: float
    profile: Profile = field(default_factory=Profile.unknown)


@dataclass(frozen=True, slots=True)
class Baseline(Record):
    """How one feature was spread over the training customers, for drift.

    Parameters
    ----------
    edges
        Inner bin edges, ascending; a number belongs to bin ``bisect_right(edges, number)``.
        None for a categorical feature, whose bins are its categories in spec order.
    shares
        Part of the training customers in each bin.
    """

    edges: tuple[float, ...] | None
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Model:
    """A trained segmentation.

    Parameters
    ----------
    version
        Its name in the registry, or `UNPUBLISHED`.
    created_at
        When training ended, ISO 8601 in UTC.
    spec
        What a customer is.
    columns
        Offset and scale for each column of the spec, in spec order.
    segments
        At least two, by ascending id, with distinct centroids.
    metrics, sweep
        Quality of this model, and of each k that was tried.
    training
        Lineage: the customers that it comes from, and how it came to be as it is.
    libraries
        Versions of what trained it.
    baseline
        Spread of each feature over the training customers, by feature name.
    highest_id
        The highest segment id that was ever given, here or in an older version: an id that is gone
        is never given to another segment.
    """

    version: str
    created_at: str
    spec: Spec
    columns: tuple[Column, ...]
    segments: tuple[Segment, ...]
    metrics: Criteria
    sweep: tuple[Criteria, ...]
    training: TrainingRecord
    libraries: Mapping[str, str]
    baseline: Mapping[str, Baseline]
    highest_id: int = -1

    def __post_init__(self) -> None:
        """Count the model's own ids among those that were given."""
        given = max(self.highest_id, *(segment.id for segment in self.segments))
        object.__setattr__(self, "highest_id", given)

    @property
    def k(self) -> int:
        """The number of segments."""
        return len(self.segments)

    @cached_property
    def by_id(self) -> Mapping[int, Segment]:
        """The segments by id."""
        return {segment.id: segment for segment in self.segments}

    def with_version(self, version: str) -> Model:
        """Give the same model under a version."""
        return replace(self, version=version)

    def centroid_in_units(self, segment: Segment) -> dict[str, object]:
        """Give a segment's centroid in original units, by feature.

        A one-hot feature gives the share of each category instead of a number; a logarithmic one
        the value at the mean of the logarithms, which lies below the mean.
        """
        centre: dict[str, object] = {}
        for column, scaled in zip(self.columns, segment.centroid, strict=True):
            number = column.in_units(scaled)
            if column.category is None:
                centre[column.feature] = number
            else:
                shares = centre.setdefault(column.feature, {})
                assert isinstance(shares, dict)  # noqa: S101
                shares[column.category] = number
        return centre

    def to_json(self) -> bytes:
        """Write the document, readable and with the checksum of its own content."""
        body = self._body()
        text = json.dumps(
            {**body, "sha256": _checksum(body)},
            indent=2,
            ensure_ascii=False,
            allow_nan=False,
        )
        return text.encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, where: str = "model") -> Model:
        """Read and validate a document completely.

        Raises
        ------
        DocumentError
            It is damaged, of another format, or inconsistent; the error names the field.
        """
        raw = parse_json(data, where)
        with Section(raw, where) as section:
            section.choice("format", (FORMAT,))
            release = section.integer("format_version", minimum=1)
            if release > FORMAT_VERSION:
                section.fail(
                    "format_version", f"got {release}, this release reads {FORMAT_VERSION}"
                )
            written = section.text("sha256")
            spec = Spec.from_dict(section.raw("spec"), f"{where}.spec")
            columns = _read_columns(section, spec)
            segments = _read_segments(section, len(columns))
            model = cls(
                version=section.text("version", pattern=f"{VERSION_PATTERN}|{UNPUBLISHED}"),
                created_at=section.text("created_at"),
                spec=spec,
                columns=columns,
                segments=segments,
                metrics=Criteria.read(section.section("metrics", optional=True), k=len(segments)),
                sweep=tuple(Criteria.read(row) for row in section.sections("sweep")),
                training=TrainingRecord.read(section.section("training", optional=True)),
                libraries=section.by_name("libraries", Section.text),
                baseline=_read_baseline(section, spec),
                highest_id=_read_highest_id(section),
            )
        assert isinstance(raw, dict)  # noqa: S101  a section is an object
        found = _checksum({name: value for name, value in raw.items() if name != "sha256"})
        if found != written:
            section.fail("sha256", f"the content has {found}, expected {written}: it was changed")
        return model

    def _body(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "version": self.version,
            "created_at": self.created_at,
            "spec": self.spec.to_dict(),
            "columns": [column.to_dict() for column in self.columns],
            "segments": [segment.to_dict() for segment in self.segments],
            "metrics": self.metrics.to_metrics(),
            "sweep": [row.to_dict() for row in self.sweep],
            "training": self.training.to_dict(),
            "libraries": dict(self.libraries),
            "baseline": {name: one.to_dict() for name, one in self.baseline.items()},
            # Said only where the segments do not say it.
            **(
                {"highest_id": self.highest_id}
                if self.highest_id > max(segment.id for segment in self.segments)
                else {}
            ),
        }


def _read_highest_id(section: Section) -> int:
    if not section.has("highest_id"):
        return -1
    return section.integer("highest_id", minimum=0, maximum=MAXIMUM_ID)


def _checksum(body: Mapping[str, object]) -> str:
    canonical = json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read_columns(section: Section, spec: Spec) -> tuple[Column, ...]:
    inner = section.sections("columns")
    if len(inner) != len(spec.columns):
        section.fail("columns", f"got {len(inner)}, the spec has {len(spec.columns)}")
    columns = []
    for one, (feature, category) in zip(inner, spec.columns, strict=True):
        with one:
            one.choice("feature", (feature.name,))
            if category is not None:
                one.choice("category", (category,))
            elif one.has("category"):
                one.fail("category", "got a category, the feature has one column")
            offset = one.number("offset", minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER)
            scale = one.number("scale", minimum=SMALLEST_SCALE, maximum=LARGEST_SCALE)
        columns.append(Column(feature.name, category, offset, scale, feature.transform))
    return tuple(columns)


def _read_segments(section: Section, dimensions: int) -> tuple[Segment, ...]:
    inner = section.sections("segments")
    if len(inner) < 2:
        section.fail("segments", f"got {len(inner)}, expected at least 2")
    segments: list[Segment] = []
    centroids: dict[tuple[float, ...], int] = {}
    names: dict[str, int] = {}
    for one in inner:
        with one:
            segment = Segment(
                id=one.integer("id", minimum=0, maximum=MAXIMUM_ID),
                name=one.text("name"),
                description=one.text("description"),
                advice=one.text("advice"),
                size=one.count("size"),
                share=one.share("share"),
                centroid=one.numbers(
                    "centroid",
                    length=dimensions,
                    minimum=-LARGEST_COORDINATE,
                    maximum=LARGEST_COORDINATE,
                ),
                radius=one.number("radius", minimum=0),
                profile=Profile.read(one.section("profile", optional=True)),
            )
        if segments and segment.id <= segments[-1].id:
            one.fail("id", f"got {segment.id} after {segments[-1].id}, expected ascending ids")
        for field_name, other in (
            ("centroid", centroids.setdefault(segment.centroid, segment.id)),
            ("name", names.setdefault(segment.name, segment.id)),
        ):
            if other != segment.id:
                one.fail(field_name, f"equals that of segment {other}, expected distinct ones")
        segments.append(segment)
    return tuple(segments)


def _read_baseline(section: Section, spec: Spec) -> dict[str, Baseline]:
    baseline = {}
    with section.section("baseline") as outer:
        for feature in spec.features:
            with outer.section(feature.name) as inner:
                if isinstance(feature, CategoricalFeature):
                    edges, bins = None, len(feature.categories)
                else:
                    edges = inner.numbers("edges")
                    bins = len(edges) + 1
                    if any(left >= right for left, right in pairwise(edges)):
                        inner.fail("edges", "expected strictly ascending numbers")
                inner.has("edges")
                shares = inner.numbers("shares", length=bins, minimum=0, maximum=1)
            baseline[feature.name] = Baseline(edges, shares)
    return baseline
