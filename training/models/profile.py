"""What people are told of a segment, and what drift is measured against later."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.model import Baseline
from segmentation.profile import FeatureProfile, Profile
from training.clustering.scaling import before_scaling
from training.data.dataset import Dataset, Floats, Indices

OUTLIER_QUANTILE = 0.995
"""The part of the training customers that lies within the radius of its segment."""

TOLD_APART_BY = 3
"""How many features a profile names as those that set a segment apart."""


def z_scores(dataset: Dataset, centroids: Floats) -> list[dict[str, float]]:
    """Give, for each segment, how far each feature's centre lies from the mean of all.

    In population standard deviations, after the feature's transform; of a one-hot feature the
    category that lies farthest.

    Parameters
    ----------
    dataset
        The training customers.
    centroids
        Shape (k, columns), before scaling.
    """
    numbers = before_scaling(dataset.spec, dataset.encoded)
    mean, deviation = numbers.mean(axis=0), numbers.std(axis=0)
    deviation[deviation == 0] = 1.0  # a category that nobody has
    z = (centroids - mean) / deviation
    names = [feature.name for feature, _ in dataset.spec.columns]
    scores: list[dict[str, float]] = []
    for row in z:
        by_feature: dict[str, float] = {}
        for name, number in zip(names, row.tolist(), strict=True):
            if abs(number) >= abs(by_feature.get(name, 0.0)):
                by_feature[name] = number
        scores.append(by_feature)
    return scores


def profile(
    dataset: Dataset,
    members: Indices,
    z: dict[str, float],
    close_to_average: tuple[str, ...],
) -> Profile:
    """Describe the members of one segment.

    Parameters
    ----------
    dataset
        All training customers.
    members
        Row numbers of the segment's.
    z
        As `z_scores` gives it.
    close_to_average
        Features whose word in the segment's name says little.
    """
    features = {
        feature.name: replace(_spread(dataset, feature, members), z=z[feature.name])
        for feature in dataset.spec.features
    }
    apart = sorted(z, key=lambda name: -abs(z[name]))[:TOLD_APART_BY]
    return Profile(features, tuple(apart), close_to_average)


def baseline(dataset: Dataset) -> dict[str, Baseline]:
    """Give the spread of each feature over all training customers."""
    return {
        feature.name: _categories(dataset, feature)
        if isinstance(feature, CategoricalFeature)
        else _deciles(dataset.columns(feature)[:, 0])
        for feature in dataset.spec.features
    }


def radii(labels: Indices, distances: Floats, k: int) -> list[float]:
    """Give the distance beyond which a customer is an outlier, for each segment.

    It is the segment's rms distance times one factor for all: the 99.5th percentile of distance
    over rms among all training customers. A segment without any spread takes the pooled rms.

    Parameters
    ----------
    labels, distances
        Segment and distance of each training customer, shape (rows,).
    k
        How many segments there are.
    """
    squares = distances * distances
    sizes = np.bincount(labels, minlength=k)
    rms = np.sqrt(np.bincount(labels, squares, minlength=k) / np.maximum(sizes, 1))
    pooled = math.sqrt(float(squares.mean()))
    rms[rms == 0] = pooled
    if pooled == 0:
        return [0.0] * k
    factor = np.quantile(distances / rms[labels], OUTLIER_QUANTILE, method="higher")
    return [float(one) for one in rms * factor]


def _spread(dataset: Dataset, feature: Feature, members: Indices) -> FeatureProfile:
    if isinstance(feature, CategoricalFeature):
        shares = _shares(dataset.categories(feature)[members], len(feature.categories))
        names = (category.name for category in feature.categories)
        return FeatureProfile(shares=dict(zip(names, shares, strict=True)))
    numbers = dataset.columns(feature)[members, 0]
    return FeatureProfile(
        mean=float(numbers.mean()),
        minimum=float(numbers.min()),
        quartiles=tuple(np.quantile(numbers, (0.25, 0.5, 0.75)).tolist()),
        maximum=float(numbers.max()),
    )


def _categories(dataset: Dataset, feature: CategoricalFeature) -> Baseline:
    return Baseline(None, _shares(dataset.categories(feature), len(feature.categories)))


def _deciles(numbers: Floats) -> Baseline:
    """Cut at the deciles; equal ones are merged, so that no bin is empty.

    Every edge is the value of a customer (the lower of two) and lies above the minimum, and a
    number equal to an edge belongs above it.
    """
    cuts = np.quantile(numbers, np.arange(1, 10) / 10, method="lower")
    edges = np.unique(cuts[cuts > numbers.min()])
    shares = _shares(np.searchsorted(edges, numbers, side="right"), len(edges) + 1)
    return Baseline(tuple(edges.tolist()), shares)


def _shares(bins: Indices, count: int) -> tuple[float, ...]:
    return tuple((np.bincount(bins, minlength=count) / len(bins)).tolist())
