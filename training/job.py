"""The training job: from customers to a model that is ready to be published."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from segmentation.model import UNPUBLISHED, Column, Model, Segment
from training.assignment import assign
from training.clustering import Clustering, Starts, cluster, distinct_rows
from training.criteria import Criteria, best_k, measure
from training.dataset import Dataset, Floats
from training.errors import TrainingRefused
from training.naming import name_segments
from training.profile import baseline, profile, radii, z_scores
from training.scaling import fit_columns, scale_warnings, scaled, usual

LARGEST_SWEPT_K = 9
_LIBRARIES = ("customer-segmentation", "numpy", "scikit-learn", "scipy", "threadpoolctl")


@dataclass(frozen=True, slots=True)
class Options:
    """How to train.

    Parameters
    ----------
    k
        Number of segments; None for the highest silhouette over k = 2 to 9.
    starts
        When k-means has been started often enough.
    seed
        Everything random comes from it.
    """

    k: int | None = None
    starts: Starts = field(default_factory=Starts)
    seed: int = 42


def train(
    dataset: Dataset,
    options: Options,
    *,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Model:
    """Train a model, not published yet.

    Every k from 1 to 9 is fitted and measured, so that the model carries its elbow curve. Segment
    ids count from 0, largest segment first.

    Parameters
    ----------
    dataset
        The training customers.
    options
        How to train.
    on_progress
        Told how many of the values of k are done, and how many there are.
    now
        The clock, in UTC.

    Raises
    ------
    TrainingRefused
        A feature never varies, or the customers are too few for the segments.
    """
    _refuse_constant_features(dataset)
    columns = fit_columns(dataset)
    points = scaled(columns, dataset.encoded)
    kept = usual(dataset.spec, points)
    fitted = points if kept is None else points[kept]
    ks = _ks(dataset, fitted, options.k)
    with threadpool_limits(1):  # more threads change the last bits and save no time here
        found: dict[int, Clustering] = {}
        sweep: list[Criteria] = []
        for done, k in enumerate(ks):
            on_progress(done, len(ks))
            found[k] = cluster(fitted, k, starts=options.starts, seed=options.seed)
            sweep.append(measure(points, found[k], seed=options.seed))
        on_progress(len(ks), len(ks))
    chosen_k = options.k or best_k(sweep)
    if chosen_k is None:
        raise TrainingRefused(
            f"{dataset.address}: got {dataset.rows} customers, too few to compare numbers of "
            "segments, expected more of them or --k"
        )
    chosen = next(one for one in sweep if one.k == chosen_k)
    return Model(
        version=UNPUBLISHED,
        created_at=now().isoformat(timespec="seconds"),
        spec=dataset.spec,
        columns=columns,
        segments=_segments(dataset, points, columns, found[chosen_k].centroids),
        metrics={name: value for name, value in asdict(chosen).items() if name != "k"},
        sweep=tuple(asdict(one) for one in sweep),
        training={
            "address": dataset.address,
            "sha256": dataset.sha256,
            "files": dataset.files,
            "rows": dataset.rows,
            "dropped": dict(dataset.dropped),
            "left_out": dataset.rows - len(fitted),
            "warnings": scale_warnings(dataset),
            "seed": options.seed,
            "k_chosen": "silhouette" if options.k is None else "given",
        },
        libraries=_libraries(),
        baseline=baseline(dataset),
    )


def _refuse_constant_features(dataset: Dataset) -> None:
    for feature in dataset.spec.features:
        columns = dataset.columns(feature)
        if (columns == columns[0]).all():
            raise TrainingRefused(
                f'{dataset.address}: column "{feature.names.title}" has one and the same value in '
                f"all {dataset.rows} usable rows, expected at least two different values (or a "
                "spec without this feature)"
            )


def _ks(dataset: Dataset, points: Floats, wanted: int | None) -> Sequence[int]:
    largest = max(LARGEST_SWEPT_K, wanted or 0)
    distinct = distinct_rows(points, largest)
    if wanted is not None and wanted > distinct:
        raise TrainingRefused(
            f"{dataset.address}: got {distinct} distinct customers for k = {wanted}, expected at "
            "least as many as segments"
        )
    ks = list(range(1, min(LARGEST_SWEPT_K, distinct) + 1))
    return ks if wanted is None or wanted in ks else [*ks, wanted]


def _segments(
    dataset: Dataset,
    points: Floats,
    columns: Sequence[Column],
    centroids: Floats,
) -> tuple[Segment, ...]:
    labels, _ = assign(points, centroids)
    sizes = np.bincount(labels, minlength=len(centroids))
    # Largest first; equal sizes in the order of their centroids, which no start decides.
    centroids = centroids[np.lexsort([*centroids.T[::-1], -sizes])]
    labels, distances = assign(points, centroids)
    sizes = np.bincount(labels, minlength=len(centroids))
    if (sizes == 0).any():
        raise TrainingRefused(
            f"{dataset.address}: k = {len(centroids)} leaves a segment without customers, "
            "expected a smaller k"
        )
    offsets = np.array([column.offset for column in columns])
    scales = np.array([column.scale for column in columns])
    z = z_scores(dataset, centroids * scales + offsets)
    names = name_segments(dataset.spec.naming, z)
    radius = radii(labels, distances, len(centroids))
    return tuple(
        Segment(
            id=number,
            name=name.name,
            description=name.description,
            advice=name.advice,
            size=int(sizes[number]),
            share=float(sizes[number] / dataset.rows),
            centroid=tuple(centroids[number].tolist()),
            radius=radius[number],
            profile=profile(
                dataset, np.flatnonzero(labels == number), z[number], name.close_to_average
            ),
        )
        for number, name in enumerate(names)
    )


def _libraries() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # run from a source tree that is not installed
            versions[name] = "unknown"
    return versions
