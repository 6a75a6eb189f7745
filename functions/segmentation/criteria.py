"""How good a clustering is: the metrics of a model, and each row of its sweep over k."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.document import Section
from segmentation.record import Record
from segmentation.values import LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Criteria(Record):
    """The quality of one clustering; None where a criterion is not defined or was not measured.

    Parameters
    ----------
    k
        Number of clusters.
    inertia
        Sum of squared distances to the nearest centroid; falls with every k.
    silhouette
        -1 to 1, larger is better (P. Rousseeuw, 1987).
    davies_bouldin
        At least 0, smaller is better (D. Davies and D. Bouldin, 1979).
    calinski_harabasz
        At least 0, larger is better (T. Caliński and J. Harabasz, 1974).
    silhouette_rows
        On how many customers the silhouette was measured.
    starts, hits
        How often k-means was started, and how often it ended in this result.
    out_of_time
        Whether the clock ended the starts: a faster machine may find a better result.
    gap, gap_s
        The gap statistic and its s(k) (`training.clustering.gap`).
    stability, jaccard
        The mean bootstrap ARI, and of each cluster the mean bootstrap Jaccard
        (`training.clustering.stability`).
    """

    k: int
    inertia: float | None = None
    silhouette: float | None = None
    davies_bouldin: float | None = None
    calinski_harabasz: float | None = None
    silhouette_rows: int | None = None
    starts: int | None = None
    hits: int | None = None
    out_of_time: bool | None = None
    gap: float | None = None
    gap_s: float | None = None
    stability: float | None = None
    jaccard: tuple[float, ...] | None = None

    @classmethod
    def read(cls, section: Section, k: int | None = None) -> Criteria:
        """Read a row of the sweep, or with `k` the metrics of a model, which do not repeat it.

        Raises
        ------
        DocumentError
            A field is unknown, of another type or out of range.
        """
        with section:
            k = section.integer("k", minimum=1) if k is None else k
            return cls(
                k=k,
                inertia=section.optional_number("inertia", minimum=0),
                silhouette=section.optional_number("silhouette", minimum=-1, maximum=1),
                davies_bouldin=section.optional_number("davies_bouldin", minimum=0),
                calinski_harabasz=section.optional_number("calinski_harabasz", minimum=0),
                silhouette_rows=section.optional_count("silhouette_rows"),
                starts=section.optional_count("starts"),
                hits=section.optional_count("hits"),
                out_of_time=section.optional_flag("out_of_time"),
                gap=section.optional_number("gap", minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER),
                gap_s=section.optional_number("gap_s", minimum=0, maximum=LARGEST_NUMBER),
                stability=section.optional_number("stability", minimum=-1, maximum=1),
                jaccard=section.numbers("jaccard", minimum=0, maximum=1)
                if section.has("jaccard")
                else None,
                absent=cls.absent_in(section),
            )

    def to_metrics(self) -> dict[str, object]:
        """The fields as the metrics of a model hold them: its segments say how many there are."""
        return {name: value for name, value in self.to_dict().items() if name != "k"}
