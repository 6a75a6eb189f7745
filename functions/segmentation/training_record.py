"""The training record: which customers a model comes from, and how it came to be as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.document import Section
from segmentation.record import Record


@dataclass(frozen=True, slots=True)
class Choice(Record):
    """The number of segments and why.

    Parameters
    ----------
    k
        How many.
    rule
        ``silhouette``: the highest one; ``given``: a person decided.
    reason
        One sentence for people.
    votes
        The k that each criterion favours; None where it cannot tell.
    disagree
        Criteria that favour another k.
    """

    k: int
    rule: str = ""
    reason: str = ""
    votes: Mapping[str, int | None] = field(default_factory=dict)
    disagree: tuple[str, ...] = ()

    @classmethod
    def read(cls, section: Section) -> Choice:
        """Read it; a field that is wrong is named in a DocumentError."""
        with section:
            return cls(
                k=section.count("k"),
                rule=section.text("rule", default=""),
                reason=section.text("reason", default=""),
                votes=section.by_name("votes", Section.optional_count),
                disagree=section.texts("disagree"),
                absent=cls.absent_in(section),
            )


@dataclass(frozen=True, slots=True)
class Sample(Record):
    """On how many customers a criterion was measured, and how exact that is.

    Parameters
    ----------
    rows
        How many; None where the document does not say.
    error
        Standard error of the criterion at the model's k.
    references, bootstraps
        What was repeated how often.
    """

    OPTIONAL = frozenset({"rows", "references", "bootstraps"})

    rows: int | None = None
    error: float | None = None
    references: int | None = None
    bootstraps: int | None = None

    @classmethod
    def read(cls, section: Section) -> Sample:
        """Read it; a field that is wrong is named in a DocumentError."""
        with section:
            return cls(
                rows=section.optional_count("rows"),
                error=section.optional_number("error", minimum=0),
                references=section.optional_count("references"),
                bootstraps=section.optional_count("bootstraps"),
                absent=cls.absent_in(section),
            )


@dataclass(frozen=True, slots=True)
class Kept(Record):
    """A segment of an earlier model that was found again.

    Parameters
    ----------
    id
        Of the segment, in both.
    score, overlap, closeness
        How alike both are, from 0 to 1 (`training.models.matching`).
    """

    id: int
    score: float
    overlap: float
    closeness: float

    @classmethod
    def read(cls, section: Section) -> Kept:
        """Read it; a field that is wrong is named in a DocumentError."""
        with section:
            return cls(
                section.count("id"),
                section.share("score"),
                section.share("overlap"),
                section.share("closeness"),
            )


@dataclass(frozen=True, slots=True)
class Succession(Record):
    """What a model has from the champion that it was trained to succeed.

    Parameters
    ----------
    version
        Of the champion.
    kept
        Its segments that are the model's too.
    new, retired
        Ids of the other segments, of the model and of the champion.
    """

    version: str
    kept: tuple[Kept, ...] = ()
    new: tuple[int, ...] = ()
    retired: tuple[int, ...] = ()

    @classmethod
    def read(cls, section: Section) -> Succession:
        """Read it; a field that is wrong is named in a DocumentError."""
        with section:
            return cls(
                version=section.text("version"),
                kept=tuple(Kept.read(one) for one in section.sections("kept", optional=True)),
                new=section.counts("new"),
                retired=section.counts("retired"),
                absent=cls.absent_in(section),
            )


@dataclass(frozen=True, slots=True)
class Edit(Record):
    """The version and the id of the segment that got other words."""

    version: str
    segment: int

    @classmethod
    def read(cls, section: Section) -> Edit:
        """Read it; a field that is wrong is named in a DocumentError."""
        with section:
            return cls(section.text("version"), section.count("segment"))


@dataclass(frozen=True, slots=True)
class TrainingRecord(Record):
    """Where a model comes from; None or empty where an earlier release did not say.

    Parameters
    ----------
    address, sha256, files
        Of the customers' data: where it was read, its digest, in how many files.
    rows
        Customers that the model was trained on.
    dropped
        Rows that could not be used, by reason.
    left_out
        Customers that took no part in finding the centres.
    warnings
        Sentences about the data.
    seed
        Everything random came from it.
    k_chosen
        What the first documents said in place of `choice`: its rule.
    choice
        Why there are so many segments.
    samples
        By criterion, what it was measured on.
    succeeds
        The champion whose ids and names were kept.
    edited
        The last segment that got other words.
    """

    OPTIONAL = frozenset({"k_chosen", "choice", "succeeds", "edited"})

    address: str | None = None
    sha256: str | None = None
    files: int | None = None
    rows: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    left_out: int | None = None
    warnings: tuple[str, ...] = ()
    seed: int | None = None
    k_chosen: str | None = None
    choice: Choice | None = None
    samples: Mapping[str, Sample] = field(default_factory=dict)
    succeeds: Succession | None = None
    edited: Edit | None = None

    @classmethod
    def read(cls, section: Section) -> TrainingRecord:
        """Read it whole.

        Raises
        ------
        DocumentError
            A field is unknown, of another type or out of range.
        """
        with section:
            return cls(
                address=section.optional_text("address"),
                sha256=section.optional_text("sha256"),
                files=section.optional_count("files"),
                rows=section.optional_count("rows"),
                dropped=section.by_name("dropped", Section.count),
                left_out=section.optional_count("left_out"),
                warnings=section.texts("warnings"),
                seed=section.optional_count("seed"),
                k_chosen=section.optional_text("k_chosen"),
                choice=section.optional("choice", Choice.read),
                samples=section.by_name(
                    "samples", lambda inner, name: Sample.read(inner.section(name))
                ),
                succeeds=section.optional("succeeds", Succession.read),
                edited=section.optional("edited", Edit.read),
                absent=cls.absent_in(section),
            )

    def sample(self, criterion: str) -> Sample:
        """What a criterion was measured on, an empty sample where the document does not say."""
        return self.samples.get(criterion, Sample())
