"""The training job: from customers to a model that is ready to be published."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from threadpoolctl import threadpool_limits

from segmentation.criteria import Criteria
from segmentation.model import UNPUBLISHED, Column, Model, Segment
from segmentation.training_record import Sample, TrainingRecord
from training.clustering.assignment import assign
from training.clustering.choice import choose
from training.clustering.criteria import Silhouette
from training.clustering.scaling import fit_columns, scale_warnings, scaled, usual
from training.clustering.starts import distinct_rows
from training.clustering.sweep import Options, Sweep, Tell, sweep
from training.data.dataset import Dataset, Floats
from training.errors import TrainingRefused
from training.models.naming import name_segments
from training.models.profile import baseline, profile, radii, z_scores

_LIBRARIES = (
    "customer-segmentation",
    "kneed",
    "numpy",
    "scikit-learn",
    "scipy",
    "threadpoolctl",
)


def train(
    dataset: Dataset,
    options: Options,
    *,
    on_progress: Tell = lambda _doing, _done, _total: None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Model:
    """Train a model, not published yet.

    Every k from 1 on is fitted and measured, so that the model carries its elbow curve. Segment ids
    count from 0, largest segment first.

    Parameters
    ----------
    dataset
        The training customers.
    options
        How to train.
    on_progress
        Told what is done now, how many steps are done and how many there are.
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
    ks = _ks(dataset, fitted, options)
    with threadpool_limits(1):  # libraries' own threads change the last bits and save no time
        swept = sweep(points, fitted, ks, options, on_progress)
    choice = choose(swept.criteria, options.k)
    if choice is None:
        raise TrainingRefused(
            f"{dataset.address}: got {dataset.rows} customers, too few to compare numbers of "
            "segments, expected more of them or --k"
        )
    chosen = next(one for one in swept.criteria if one.k == choice.k)
    return Model(
        version=UNPUBLISHED,
        created_at=now().isoformat(timespec="seconds"),
        spec=dataset.spec,
        columns=columns,
        segments=_segments(
            dataset,
            points,
            columns,
            swept.clusterings[choice.k].centroids,
            chosen,
            swept.silhouettes.get(choice.k),
        ),
        metrics=chosen,
        sweep=tuple(swept.criteria),
        training=TrainingRecord(
            address=dataset.address,
            sha256=dataset.sha256,
            files=dataset.files,
            rows=dataset.rows,
            dropped=dict(dataset.dropped),
            left_out=dataset.rows - len(fitted),
            warnings=tuple(scale_warnings(dataset)),
            seed=options.seed,
            choice=choice,
            samples=_samples(swept, choice.k),
        ),
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


def _ks(dataset: Dataset, points: Floats, options: Options) -> Sequence[int]:
    wanted = options.k
    distinct = distinct_rows(points, max(options.largest_k, wanted or 0))
    if wanted is not None and wanted > distinct:
        raise TrainingRefused(
            f"{dataset.address}: got {distinct} distinct customers for k = {wanted}, expected at "
            "least as many as segments"
        )
    ks = list(range(1, min(options.largest_k, distinct) + 1))
    return ks if wanted is None or wanted in ks else [*ks, wanted]


def _segments(
    dataset: Dataset,
    points: Floats,
    columns: Sequence[Column],
    centroids: Floats,
    chosen: Criteria,
    measured: Silhouette | None,
) -> tuple[Segment, ...]:
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
    silhouettes = measured.of_clusters if measured else [None] * chosen.k
    jaccards = chosen.jaccard or [None] * chosen.k
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
            profile=replace(
                profile(
                    dataset, np.flatnonzero(labels == number), z[number], name.close_to_average
                ),
                silhouette=silhouettes[number],
                jaccard=jaccards[number],
            ),
        )
        for number, name in enumerate(names)
    )


def _samples(swept: Sweep, k: int) -> dict[str, Sample]:
    """Tell on how many rows each criterion was measured, with its error for the chosen k."""
    return {
        name: Sample(one.rows, one.errors.get(k), one.references, one.bootstraps)
        for name, one in swept.samples.items()
    }


def _libraries() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # run from a source tree that is not installed
            versions[name] = "unknown"
    return versions
