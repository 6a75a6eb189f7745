"""How far the customers of an upload have moved from those that trained the model.

The population stability index of binned shares, sum((p - q) ln(p / q)); its usual bands are below
0.1 none, to 0.25 moderate, above large. On few rows it is large by chance alone: its expectation
without any drift is about (bins - 1)(1/n + 1/N), and where that reaches 0.05 no band is given
(B. Yurdakul, "Statistical Properties of Population Stability Index", 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from segmentation.features import CategoricalFeature, Feature
from segmentation.model import Model

SAMPLED_ROWS = 2_048
"""Rows of each block that are binned, evenly spaced: enough for any band, and nearly free."""

MODERATE, LARGE, NOISE = 0.1, 0.25, 0.05
FLOOR = 1e-4

Floats = npt.NDArray[np.float64]


class DriftSample:
    """Bins a sample of an upload's customers as the model's baseline is binned."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._rows = 0
        self._counts = {
            name: np.zeros(len(baseline.shares), np.int64)
            for name, baseline in model.baseline.items()
        }

    def add(self, encoded: Sequence[Sequence[Floats]]) -> None:
        """Bin a block, given as `Parsed.encoded`."""
        rows = len(encoded[0][0])
        step = max(1, rows // SAMPLED_ROWS)
        self._rows += len(range(0, rows, step))
        for feature, columns in zip(self._model.spec.features, encoded, strict=True):
            bins = self._bins(feature, [column[::step] for column in columns])
            counts = self._counts[feature.name]
            counts += np.bincount(bins, minlength=len(counts))

    def report(self, segments: Sequence[int]) -> dict[str, object]:
        """Give the index of every feature and of the segment shares.

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
        return {
            "sampled_rows": self._rows,
            "features": features,
            "segments": _index(shares, segments, trained),
        }

    def _bins(self, feature: Feature, columns: Sequence[Floats]) -> npt.NDArray[np.int64]:
        edges = self._model.baseline[feature.name].edges
        if edges is not None:
            return np.searchsorted(np.array(edges), columns[0], side="right")
        assert isinstance(feature, CategoricalFeature)  # noqa: S101  as the document guarantees
        bins = np.zeros(len(columns[0]), np.int64)
        for number, category in enumerate(feature.categories):
            same = np.ones(len(bins), np.bool_)
            for column, code in zip(columns, feature.encode(category), strict=True):
                same &= column == code
            bins[same] = number
        return bins


def _index(
    baseline: Sequence[float], counts: Sequence[int], trained: int
) -> dict[str, float | str | None]:
    """Give the index and its band."""
    rows = sum(counts)
    if not rows or not trained:
        return {"psi": None, "band": "too few rows"}
    psi = 0.0
    for share, count in zip(baseline, counts, strict=True):
        expected, found = max(share, FLOOR), max(count / rows, FLOOR)
        psi += (found - expected) * math.log(found / expected)
    if (len(counts) - 1) * (1 / rows + 1 / trained) >= NOISE:
        return {"psi": psi, "band": "too few rows"}
    return {
        "psi": psi,
        "band": "none" if psi < MODERATE else "moderate" if psi <= LARGE else "large",
    }
