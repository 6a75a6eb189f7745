"""The scoring rule over columns: the same float64 operations in the same order as the domain's.

`segmentation.scoring` is the rule; this is its vectorised form. IEEE 754 makes both agree to the
last bit, because each customer sees the same subtractions, divisions, products and sums, in spec
order. Rows are taken in runs that fit in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.transform import transformed
from segmentation.model import Model

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


RUN_ROWS = 16_384
"""Rows scored at a time: the working arrays of a run stay in the second-level cache."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What scoring found, one entry for each customer.

    Parameters
    ----------
    index
        Index of the segment in the model (not its id).
    distance, margin
        As in `segmentation.scoring.Assignment`.
    outlier
        Whether the distance exceeds the segment's radius.
    """

    index: npt.NDArray[np.signedinteger[Any]]
    distance: Floats
    margin: Floats
    outlier: npt.NDArray[np.bool_]


class _Scratch:
    """Working arrays, used again for every run of a block."""

    def __init__(self, columns: int) -> None:
        self.scaled = np.empty((columns, RUN_ROWS))
        self.sum, self.part, self.second = (np.empty(RUN_ROWS) for _ in range(3))
        self.closer = np.empty(RUN_ROWS, np.bool_)


class Labeller:
    """Labels columns of customers with a model; may be used from several threads."""

    def __init__(self, model: Model) -> None:
        self._columns = model.columns
        self._centroids = [segment.centroid for segment in model.segments]
        self._radii = np.array([segment.radius for segment in model.segments])
        self._index_type: type[np.signedinteger[Any]] = np.int8 if model.k < 128 else np.int32

    def label(self, columns: Sequence[Floats]) -> Labels:
        """Label customers.

        Parameters
        ----------
        columns
            Centroid space before scaling: one array of float64 for each column of the model.
        """
        rows = len(columns[0])
        labels = Labels(
            np.empty(rows, self._index_type),
            np.empty(rows),
            np.empty(rows),
            np.empty(rows, np.bool_),
        )
        scratch = _Scratch(len(columns))
        for begin in range(0, rows, RUN_ROWS):
            run = slice(begin, min(begin + RUN_ROWS, rows))
            self._label_run(
                scratch,
                [column[run] for column in columns],
                labels.index[run],
                labels.distance[run],
                labels.margin[run],
                labels.outlier[run],
            )
        return labels

    def _label_run(
        self,
        scratch: _Scratch,
        columns: Sequence[Floats],
        index: npt.NDArray[np.signedinteger[Any]],
        nearest: Floats,
        margin: Floats,
        outlier: npt.NDArray[np.bool_],
    ) -> None:
        rows = len(nearest)
        total, part = scratch.sum[:rows], scratch.part[:rows]
        second, closer = scratch.second[:rows], scratch.closer[:rows]
        points = [
            self._scale(position, column, scratch.scaled[position, :rows])
            for position, column in enumerate(columns)
        ]
        index[:] = 0
        nearest[:] = np.inf
        second[:] = np.inf
        for number, centroid in enumerate(self._centroids):
            _squared_distance(points, centroid, total, part)
            # Strictly closer: the lowest id wins a tie. The loser of the two is the runner-up
            # unless that one is closer still.
            np.less(total, nearest, out=closer)
            np.copyto(index, number, where=closer)
            np.minimum(second, np.maximum(total, nearest, out=part), out=second)
            np.minimum(nearest, total, out=nearest)
        np.sqrt(nearest, out=nearest)
        np.sqrt(second, out=second)
        np.subtract(second, nearest, out=margin)
        np.divide(margin, second, out=margin, where=second > 0)
        np.greater(nearest, self._radii[index], out=outlier)

    def _scale(self, position: int, column: Floats, scaled: Floats) -> Floats:
        offset, scale = self._columns[position].offset, self._columns[position].scale
        column = transformed(self._columns[position].transform, column)
        # (x - 0) / 1 is x: an unscaled column is used as it is.
        if offset == 0 and scale == 1:
            return column
        np.subtract(column, offset, out=scaled)
        return np.divide(scaled, scale, out=scaled)


def _squared_distance(
    points: Sequence[Floats], centroid: Sequence[float], total: Floats, part: Floats
) -> None:
    """Sum the squares in spec order, into `total`."""
    np.subtract(points[0], centroid[0], out=total)
    np.multiply(total, total, out=total)
    for point, centre in zip(points[1:], centroid[1:], strict=True):
        np.subtract(point, centre, out=part)
        np.multiply(part, part, out=part)
        np.add(total, part, out=total)
