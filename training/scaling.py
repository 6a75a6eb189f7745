"""Offset and scale of each column: how far one unit of a feature counts in a distance."""

from __future__ import annotations

import numpy as np

from segmentation.features import NumericFeature
from segmentation.model import SMALLEST_SCALE, Column
from training.dataset import Dataset, Floats


def fit_columns(dataset: Dataset) -> tuple[Column, ...]:
    """Find offset and scale of each column; categorical columns are never scaled.

    ``standard``: mean and population standard deviation; ``minmax``: minimum and range; ``robust``:
    median and interquartile range; ``none``: 0 and 1. Where the spread is 0 the scale is 1, as in
    scikit-learn's scalers.

    Parameters
    ----------
    dataset
        The training customers; their spec says how each feature is scaled.
    """
    columns = []
    for position, (feature, category) in enumerate(dataset.spec.columns):
        scaling = feature.scaling if isinstance(feature, NumericFeature) else "none"
        offset, scale = _offset_and_scale(scaling, dataset.encoded[:, position])
        usable = scale >= SMALLEST_SCALE
        columns.append(Column(feature.name, category, offset, scale if usable else 1.0))
    return tuple(columns)


def scaled(columns: tuple[Column, ...], encoded: Floats) -> Floats:
    """Give customers, shape (rows, columns), in centroid space by the operations of scoring."""
    offsets = np.array([column.offset for column in columns])
    scales = np.array([column.scale for column in columns])
    return np.asarray((encoded - offsets) / scales)


def _offset_and_scale(scaling: str, numbers: Floats) -> tuple[float, float]:
    if scaling == "standard":
        return float(numbers.mean()), float(numbers.std())
    if scaling == "minmax":
        return float(numbers.min()), float(np.ptp(numbers))
    if scaling == "robust":
        lower, middle, upper = np.quantile(numbers, (0.25, 0.5, 0.75))
        return float(middle), float(upper - lower)
    return 0.0, 1.0
