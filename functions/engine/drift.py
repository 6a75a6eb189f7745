"""How far the customers of an upload have moved from those that trained the model.

The population stability index of binned shares, sum((p - q) ln(p / q)). On few rows it is large by
chance alone: its expectation without any drift is about (bins - 1)(1/n + 1/N), and where that
reaches 0.05 no band is given (B. Yurdakul, "Statistical Properties of Population Stability Index",
2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from segmentation.categorical import CategoricalFeature
from segmentation.drift import Band, Drift, Index
from segmentation.features import Feature
from segmentation.model import Model

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Binning = Callable[[Sequence[Floats]], npt.NDArray[np.int64]]


SAMPLED_ROWS = 1_024
"""Rows of a block that are binned at most, evenly spaced: enough for any band, and nearly free."""

NOISE = 0.05
FLOOR = 1e-4


class DriftSample:
    """Bins a sample of an upload's customers as the model's baseline is binned."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._rows = 0
        self._counts = {
            name: np.zeros(len(baseline.shares), np.int64)
            for name, baseline in model.baseline.items()
        }
        # Made once, not for each block.
        self._binning = [
            _binning(feature, model.baseline[feature.name].edges) for feature in model.spec.features
        ]

    def add(self, encoded: Sequence[Sequence[Floats]]) -> None:
        """Bin a block, given as `Parsed.encoded`."""
        rows = len(encoded[0][0])
        step = max(1, math.ceil(rows / SAMPLED_ROWS))
        self._rows += len(range(0, rows, step))
        features = self._model.spec.features
        for feature, bins_of, columns in zip(features, self._binning, encoded, strict=True):
            counts = self._counts[feature.name]
            bins = bins_of([column[::step] for column in columns])
            counts += np.bincount(bins, minlength=len(counts))

    def report(self, segments: Sequence[int]) -> Drift:
        """Work out the index of every feature and of the segment shares.

        Parameters
        ----------
        segments
            Scored customers in each segment.
        """
        trained = sum(segment.size for segment in self._model.segments)
        features = {
            name: _index(baseline.shares, self._counts[name].tolist(), trained)
            for name, baseline in self._model.baseline.items()
        }
        shares = [segment.share for segment in self._model.segments]
        return Drift(self._rows, features, _index(shares, segments, trained))


def _binning(feature: Feature, edges: Sequence[float] | None) -> Binning:
    """Give what tells the bins of a feature's columns."""
    if edges is not None:
        cuts = np.array(edges)
        return lambda columns: np.searchsorted(cuts, columns[0], side="right")
    assert isinstance(feature, CategoricalFeature)  # noqa: S101  as the document guarantees
    codes = [feature.encode(category) for category in feature.categories]

    def bins_of(columns: Sequence[Floats]) -> npt.NDArray[np.int64]:
        bins = np.zeros(len(columns[0]), np.int64)  # the first category is what is left
        for number, wanted in enumerate(codes[1:], start=1):
            same = columns[0] == wanted[0]
            for column, code in zip(columns[1:], wanted[1:], strict=True):
                same &= column == code
            bins[same] = number
        return bins

    return bins_of


def _index(baseline: Sequence[float], counts: Sequence[int], trained: int) -> Index:
    rows = sum(counts)
    if not rows or not trained:
        return Index(None, Band.UNTOLD)
    psi = 0.0
    for share, count in zip(baseline, counts, strict=True):
        expected, found = max(share, FLOOR), max(count / rows, FLOOR)
        psi += (found - expected) * math.log(found / expected)
    by_chance = (len(counts) - 1) * (1 / rows + 1 / trained) >= NOISE
    return Index(psi, Band.UNTOLD if by_chance else Band.of(psi))
