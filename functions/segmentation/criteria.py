"""How good a clustering is: the metrics of a model, and each row of its sweep over k."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.document import LARGEST_COUNT, Section
from segmentation.record import REQUIRED, Record, read_by
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

    k: int = read_by(Section.integer, REQUIRED, minimum=1, maximum=LARGEST_COUNT)
    inertia: float | None = read_by(Section.number, minimum=0)
    silhouette: float | None = read_by(Section.number, minimum=-1, maximum=1)
    davies_bouldin: float | None = read_by(Section.number, minimum=0)
    calinski_harabasz: float | None = read_by(Section.number, minimum=0)
    silhouette_rows: int | None = read_by(Section.count)
    starts: int | None = read_by(Section.count)
    hits: int | None = read_by(Section.count)
    out_of_time: bool | None = read_by(Section.flag)
    gap: float | None = read_by(Section.number, minimum=-LARGEST_NUMBER, maximum=LARGEST_NUMBER)
    gap_s: float | None = read_by(Section.number, minimum=0, maximum=LARGEST_NUMBER)
    stability: float | None = read_by(Section.number, minimum=-1, maximum=1)
    jaccard: tuple[float, ...] | None = read_by(Section.numbers, minimum=0, maximum=1)

    def to_metrics(self) -> dict[str, object]:
        """The fields as the metrics of a model hold them: its segments say how many there are."""
        return {name: value for name, value in self.to_dict().items() if name != "k"}
