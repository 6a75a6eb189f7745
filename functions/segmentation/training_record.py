"""The training record: which customers a model comes from, and how it came to be as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.document import Section
from segmentation.record import REQUIRED, Record, read_by


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

    k: int = read_by(Section.count, REQUIRED)
    rule: str = read_by(Section.text, str)
    reason: str = read_by(Section.text, str)
    votes: Mapping[str, int | None] = read_by(Section.by_name, dict, read=Section.optional_count)
    disagree: tuple[str, ...] = read_by(Section.texts, tuple)


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

    rows: int | None = read_by(Section.count)
    error: float | None = read_by(Section.number, minimum=0)
    references: int | None = read_by(Section.count)
    bootstraps: int | None = read_by(Section.count)


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

    id: int = read_by(Section.count, REQUIRED)
    score: float = read_by(Section.share, REQUIRED)
    overlap: float = read_by(Section.share, REQUIRED)
    closeness: float = read_by(Section.share, REQUIRED)


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

    version: str = read_by(Section.text, REQUIRED)
    kept: tuple[Kept, ...] = read_by(Section.each, tuple, read=Kept.read)
    new: tuple[int, ...] = read_by(Section.counts, tuple)
    retired: tuple[int, ...] = read_by(Section.counts, tuple)


@dataclass(frozen=True, slots=True)
class Edit(Record):
    """The version and the id of the segment that got other words."""

    version: str = read_by(Section.text, REQUIRED)
    segment: int = read_by(Section.count, REQUIRED)


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

    address: str | None = read_by(Section.text)
    sha256: str | None = read_by(Section.text)
    files: int | None = read_by(Section.count)
    rows: int | None = read_by(Section.count)
    dropped: Mapping[str, int] = read_by(Section.by_name, dict, read=Section.count)
    left_out: int | None = read_by(Section.count)
    warnings: tuple[str, ...] = read_by(Section.texts, tuple)
    seed: int | None = read_by(Section.count)
    k_chosen: str | None = read_by(Section.text)
    choice: Choice | None = read_by(Choice.read_field)
    samples: Mapping[str, Sample] = read_by(Section.by_name, dict, read=Sample.read_field)
    succeeds: Succession | None = read_by(Succession.read_field)
    edited: Edit | None = read_by(Edit.read_field)

    def sample(self, criterion: str) -> Sample:
        """What a criterion was measured on, an empty sample where the document does not say."""
        return self.samples.get(criterion, Sample())
