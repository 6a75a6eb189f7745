"""Offset and scale of each column: how far one unit of a feature counts in a distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.transform import transformed
from segmentation.features import Feature
from segmentation.model import LARGEST_SCALE, SMALLEST_SCALE, Column
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from training.data.dataset import Dataset, Floats
from training.errors import TrainingRefused

MOST_OUTLIERS = 0.1
"""A fence that leaves out a larger part of the customers cuts into the segments themselves."""


def fit_columns(dataset: Dataset) -> tuple[Column, ...]:
    """Find offset and scale of each column; categorical columns are weighted, never scaled.

    ``standard``: mean and population standard deviation; ``minmax``: minimum and range; ``robust``:
    median and interquartile range; ``none``: 0 and 1. Where the spread is 0 the scale is 1, as in
    scikit-learn's scalers. All of this after the feature's transform; a weight of 2 then halves the
    scale.

    Parameters
    ----------
    dataset
        The training customers; their spec says how each feature is scaled.
    """
    columns = []
    for position, (feature, category) in enumerate(dataset.spec.columns):
        numbers = transformed(feature.transform, dataset.encoded[:, position])
        offset, spread = _offset_and_spread(feature, numbers)
        scale = min((spread or 1.0) / feature.weight, LARGEST_SCALE)
        columns.append(Column(feature.name, category, offset, scale, feature.transform))
    return tuple(columns)


def scale_warnings(dataset: Dataset) -> list[str]:
    """Say which features have no spread to be scaled by, though they vary."""
    warnings = []
    for position, (feature, _) in enumerate(dataset.spec.columns):
        numbers = transformed(feature.transform, dataset.encoded[:, position])
        if not _offset_and_spread(feature, numbers)[1]:
            assert isinstance(feature, NumericFeature)  # noqa: S101  no other is scaled
            warnings.append(
                f'column "{feature.names.title}" has a spread of 0 by {feature.scaling} scaling, '
                "its scale is 1 instead"
            )
    return warnings


def before_scaling(spec: Spec, encoded: Floats) -> Floats:
    """Give customers, shape (rows, columns), after the transforms of their features."""
    if all(feature.transform == "none" for feature in spec.features):
        return encoded
    columns = [
        transformed(feature.transform, encoded[:, position])
        for position, (feature, _) in enumerate(spec.columns)
    ]
    return np.column_stack(columns)


def scaled(columns: Sequence[Column], encoded: Floats) -> Floats:
    """Give customers, shape (rows, columns), in centroid space by the operations of scoring."""
    points = np.empty_like(encoded)
    for position, column in enumerate(columns):
        numbers = transformed(column.transform, encoded[:, position])
        points[:, position] = (numbers - column.offset) / column.scale
    return points


def usual(spec: Spec, points: Floats) -> NDArray[np.bool_] | None:
    """Tell who takes part in finding the centres; None where the spec leaves nobody out.

    A customer does not who lies further outside of the quartiles of a numeric feature than
    `Spec.outliers_beyond` interquartile ranges (J. Tukey, Exploratory Data Analysis, 1977). A
    feature with an interquartile range of 0 leaves nobody out.

    Parameters
    ----------
    spec
        Says how far is too far.
    points
        Shape (rows, columns of the spec), scaled.

    Raises
    ------
    TrainingRefused
        That would be more than a tenth of the customers.
    """
    if spec.outliers_beyond is None:
        return None
    kept = np.ones(len(points), np.bool_)
    for position, (feature, _) in enumerate(spec.columns):
        if isinstance(feature, NumericFeature):
            numbers = points[:, position]
            lower, upper = np.quantile(numbers, (0.25, 0.75))
            reach = spec.outliers_beyond * (upper - lower)
            if reach > 0:
                kept &= (numbers >= lower - reach) & (numbers <= upper + reach)
    left_out = 1 - float(kept.mean())
    if left_out > MOST_OUTLIERS:
        raise TrainingRefused(
            f"spec.fit.outliers_beyond = {spec.outliers_beyond:g} leaves out {left_out:.1%} of the "
            f"customers, expected at most {MOST_OUTLIERS:.0%}: set it higher, or transform a "
            "skewed feature by log1p"
        )
    return kept


def _offset_and_spread(feature: Feature, numbers: Floats) -> tuple[float, float]:
    """Give both as the feature's scaling defines them; a spread too small to divide by is 0."""
    scaling = feature.scaling if isinstance(feature, NumericFeature) else "none"
    if scaling == "standard":
        offset, spread = numbers.mean(), numbers.std()
    elif scaling == "minmax":
        offset, spread = numbers.min(), np.ptp(numbers)
    elif scaling == "robust":
        lower, offset, upper = np.quantile(numbers, (0.25, 0.5, 0.75))
        spread = upper - lower
    else:
        return 0.0, 1.0
    smallest = SMALLEST_SCALE * feature.weight
    return float(offset), float(spread) if spread >= smallest else 0.0
