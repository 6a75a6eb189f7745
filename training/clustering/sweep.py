"""Every number of segments is fitted and measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from segmentation.criteria import Criteria
from training.clustering import gap, stability
from training.clustering.criteria import Silhouette, measure, silhouette
from training.clustering.lloyd import Space
from training.clustering.sampling import CRITERION_ROWS, sample
from training.clustering.starts import Clustering, Starts, cluster, recounted
from training.data.dataset import Floats
from training.threads import spread

LARGEST_SWEPT_K = 9

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Parameters
    ----------
    k
        Number of segments; None for the highest silhouette over k = 2 to `largest_k`.
    largest_k
        Every k up to this one is tried and shown.
    starts
        When k-means has been started often enough.
    seed
        Everything random comes from it.
    references
        Sets of rows without clusters for the gap statistic; 0 for none of it.
    bootstraps
        Bootstraps for the stability; 0 for none of it.
    """

    k: int | None = None
    largest_k: int = LARGEST_SWEPT_K
    starts: Starts = field(default_factory=Starts)
    seed: int = 42
    references: int = gap.REFERENCES
    bootstraps: int = stability.BOOTSTRAPS


@dataclass(frozen=True, slots=True)
class Sample:
    """On how many customers a criterion was measured, and how exact that is.

    Parameters
    ----------
    rows
        How many.
    errors
        Standard error of the criterion by the choice of them, or of the bootstraps, for each k.
    references, bootstraps
        What was repeated how often.
    """

    rows: int
    errors: Mapping[int, float]
    references: int | None = None
    bootstraps: int | None = None


@dataclass(frozen=True)
class Sweep:
    """Every k that was tried.

    Parameters
    ----------
    clusterings, criteria
        What was found for each k, and how good it is.
    silhouettes
        Of each k for which it is defined.
    samples
        Of each criterion that no pass over all rows gives.
    """

    clusterings: Mapping[int, Clustering]
    criteria: Sequence[Criteria]
    silhouettes: Mapping[int, Silhouette]
    samples: Mapping[str, Sample]


def sweep(points: Floats, fitted: Floats, ks: Sequence[int], options: Options, tell: Tell) -> Sweep:
    """Fit and measure every k.

    Inertia, Davies-Bouldin and Calinski-Harabasz come from all rows, all others from a sample where
    there are many.

    Parameters
    ----------
    points
        Shape (rows, columns), scaled.
    fitted
        Those of them that the centroids come from.
    ks
        Numbers of segments, ascending from 1.
    options
        How to train.
    tell
        Told what is done now, how many steps are done and how many there are.
    """
    several = [k for k in ks if k > 1]
    total = len(ks) + 2 + len(several)
    found = {}
    space = Space(fitted)
    for done, k in enumerate(ks):
        tell(f"Finding the best clustering for k = {k}", done, total)
        best = cluster(space, k, starts=options.starts, seed=options.seed)
        found[k] = best if fitted is points else recounted(best, points)
    criteria = {k: measure(one, found[1].inertia) for k, one in found.items()}
    few = Space(sample(points, CRITERION_ROWS, options.seed))
    samples = {}
    tell("Measuring silhouettes", len(ks), total)
    silhouettes, samples["silhouette"] = _silhouettes(few, found, several)
    for k, one in silhouettes.items():
        criteria[k] = replace(criteria[k], silhouette=one.mean, silhouette_rows=few.rows)
    if options.references:
        tell("Measuring the gap statistic", len(ks) + 1, total)
        gaps, samples["gap"] = _gaps(few, found, options)
        for k, a_gap in gaps.items():
            criteria[k] = replace(criteria[k], gap=a_gap.gap, gap_s=a_gap.s)
    if options.bootstraps:
        errors = {}
        for done, k in enumerate(several, len(ks) + 2):
            tell(f"Measuring the stability for k = {k}", done, total)
            stable = stability.stability(
                few, found[k].centroids, bootstraps=options.bootstraps, seed=options.seed
            )
            criteria[k] = replace(criteria[k], stability=stable.ari, jaccard=tuple(stable.jaccard))
            errors[k] = stable.error
        samples["stability"] = Sample(few.rows, errors, bootstraps=options.bootstraps)
    tell("Describing segments", total, total)
    return Sweep(found, list(criteria.values()), silhouettes, samples)


def _silhouettes(
    few: Space, found: Mapping[int, Clustering], several: Sequence[int]
) -> tuple[dict[int, Silhouette], Sample]:
    each = spread(lambda k: silhouette(few.points, found[k].centroids), several)
    defined = {k: one for k, one in zip(several, each, strict=True) if one is not None}
    return defined, Sample(few.rows, {k: one.error for k, one in defined.items()})


def _gaps(
    few: Space, found: Mapping[int, Clustering], options: Options
) -> tuple[dict[int, gap.Gap], Sample]:
    each = gap.gaps(
        few.points,
        [one.centroids for one in found.values()],
        references=options.references,
        seed=options.seed,
    )
    defined = {k: one for k, one in zip(found, each, strict=True) if one is not None}
    errors = {k: one.error for k, one in defined.items()}
    return defined, Sample(few.rows, errors, references=options.references)
