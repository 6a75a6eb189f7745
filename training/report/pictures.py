"""Pictures of the customers themselves, who are not in the model document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import silhouette_samples
from threadpoolctl import threadpool_limits

from segmentation.features import Feature
from segmentation.model import Model
from segmentation.numeric import NumericFeature
from training.clustering.assignment import assign
from training.clustering.sampling import sample
from training.clustering.scaling import before_scaling, scaled
from training.data.dataset import Dataset, Floats, Indices
from training.report.charts.frame import Axis, with_margin
from training.report.charts.segments import Group, scatter_chart, silhouette_chart

ROWS = 1_000
"""More would be dots on dots."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of some of the training customers, as SVG; one is empty where there is none to draw.

    Parameters
    ----------
    rows, of
        How many customers are drawn, and of how many.
    scatter
        Where they lie in the two numeric features that tell the segments apart best.
    silhouettes
        How well each fits into its segment, measured among those who are drawn.
    """

    rows: int
    of: int
    scatter: str
    silhouettes: str


def draw(model: Model, dataset: Dataset) -> Pictures:
    """Draw a sample of the customers; always the same for the same model and data.

    Parameters
    ----------
    model
        Trained on the data set.
    dataset
        The training customers.
    """
    encoded = sample(dataset.encoded, ROWS, model.training.seed or 0)
    points = scaled(model.columns, encoded)
    labels, _ = assign(points, np.array([segment.centroid for segment in model.segments]))
    return Pictures(
        rows=len(encoded),
        of=dataset.rows,
        scatter=_scatter(model, before_scaling(model.spec, encoded), labels),
        silhouettes=_silhouettes(model, points, labels),
    )


def _scatter(model: Model, numbers: Floats, labels: Indices) -> str:
    features = [
        (feature, numbers[:, position])
        for position, (feature, _) in enumerate(model.spec.columns)
        if isinstance(feature, NumericFeature)
    ]
    if len(features) < 2:
        return ""
    (one, x), (other, y) = sorted(features, key=lambda pair: -told_apart(pair[1], labels))[:2]
    groups = _groups(model, labels, np.column_stack([x, y]))
    return scatter_chart(_axis(one, x), _axis(other, y), groups)


def _silhouettes(model: Model, points: Floats, labels: Indices) -> str:
    if not 2 <= len(np.unique(labels)) < len(points):
        return ""
    with threadpool_limits(1):  # more threads change the last bits
        each = silhouette_samples(points, labels)
    return silhouette_chart(_groups(model, labels, each), float(each.mean()))


def told_apart(numbers: Floats, labels: Indices) -> float:
    """Give the part of a feature's variance that lies between segments, 0 to 1.

    Examples
    --------
    >>> told_apart(np.array([1.0, 1.0, 3.0, 3.0]), np.array([0, 0, 1, 1]))
    1.0
    >>> told_apart(np.array([1.0, 3.0, 1.0, 3.0]), np.array([0, 0, 1, 1]))
    0.0
    """
    total = float(((numbers - numbers.mean()) ** 2).sum())
    sizes = np.bincount(labels)
    means = np.bincount(labels, numbers) / np.maximum(sizes, 1)
    between = float((sizes * (means - numbers.mean()) ** 2).sum())
    return between / total if total else 0.0


def _axis(feature: Feature, numbers: Floats) -> Axis:
    low, high = float(numbers.min()), float(numbers.max())
    return with_margin(feature.names.title, low, high, logarithmic=feature.transform == "log1p")


def _groups(model: Model, labels: Indices, values: Floats) -> list[Group]:
    return [
        Group(segment.id, segment.name, values[labels == place])
        for place, segment in enumerate(model.segments)
    ]
