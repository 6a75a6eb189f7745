"""Customers as training holds them, and what became of the rows that it does not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.spec import Spec

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Dataset:
    """The customers that a model is trained on, in file order.

    Parameters
    ----------
    spec
        Says what a customer is.
    encoded
        Shape (rows, columns of the spec): the customers in centroid space before scaling.
    address
        Where the customers came from.
    sha256
        Of the file (`training.data.source.digest`).
    files
        How many files there were.
    dropped
        Rows that were read and not used, by the code of the reason.
    """

    spec: Spec
    encoded: Floats
    address: str
    sha256: str
    files: int
    dropped: Mapping[str, int]

    @property
    def rows(self) -> int:
        """How many customers there are."""
        return len(self.encoded)

    def columns(self, feature: Feature) -> Floats:
        """Give the columns of one feature, shape (rows, columns of the feature)."""
        names = [one.name for one, _ in self.spec.columns]
        first = names.index(feature.name)
        return self.encoded[:, first : first + len(feature.columns)]

    def categories(self, feature: CategoricalFeature) -> Indices:
        """Give the category of each customer by its place in the spec, shape (rows,)."""
        columns = self.columns(feature)
        if len(feature.columns) > 1:
            return np.asarray(columns.argmax(axis=1))
        codes, places = np.unique([feature.encode(one)[0] for one in feature.categories], True)
        return np.asarray(places[np.searchsorted(codes, columns[:, 0])])
