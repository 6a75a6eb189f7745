"""Counting while scoring: what the report says about an upload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.block import Parsed
from engine.drift import DriftSample
from engine.label import Labels
from engine.rejects import REASONS
from segmentation.model import Model
from segmentation.numeric import NumericFeature

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass
class Tally:
    """Counts over the blocks of one upload.

    Parameters
    ----------
    model
        The model that scores.
    """

    model: Model

    def __post_init__(self) -> None:
        self.read = 0
        self.scored = 0
        self.reasons: Counter[str] = Counter()
        self.segments = np.zeros(self.model.k, np.int64)
        self.untypical: Counter[str] = Counter()
        self.drift = DriftSample(self.model)

    @property
    def rejected(self) -> int:
        """Number of rejected rows."""
        return sum(self.reasons.values())

    def add(self, parsed: Parsed, labels: Labels) -> None:
        """Count a block."""
        self.read += parsed.read
        self.scored += parsed.scored
        if parsed.rejects is not None:
            counts = np.bincount(parsed.rejects.reasons, minlength=len(REASONS)).tolist()
            for reason, count in zip(REASONS, counts, strict=True):
                if count:
                    self.reasons[reason.value] += count
        self.segments += np.bincount(labels.index, minlength=self.model.k)
        for feature, columns in zip(self.model.spec.features, parsed.encoded, strict=True):
            if isinstance(feature, NumericFeature):
                count = _outside(columns[0], feature.typical.lowest, feature.typical.highest)
                if count:
                    self.untypical[feature.name] += count
        self.drift.add(parsed.encoded)

    def shares(self) -> Sequence[float]:
        """Give the part of the scored customers in each segment."""
        return [count / max(self.scored, 1) for count in self.segments.tolist()]


def _outside(numbers: Floats, lowest: float, highest: float) -> int:
    if not numbers.size or (lowest <= numbers.min() and numbers.max() <= highest):
        return 0
    return int(np.count_nonzero((numbers < lowest) | (numbers > highest)))
