"""The fast path: Arrow converts a whole block of records at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from engine.arrays import view, whole
from engine.block import BlockReader, Parsed
from engine.layout import TEXT, Layout
from segmentation.categorical import CategoricalFeature
from segmentation.features import Feature
from segmentation.spec import Spec
from segmentation.values import normalised

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


class FastPath:
    """Parses blocks in which no row is at fault; may be used from several threads.

    Parameters
    ----------
    spec
        Says how values are read.
    layout
        Says where they stand.
    reader
        Reads the blocks.
    """

    def __init__(self, spec: Spec, layout: Layout, reader: BlockReader) -> None:
        self._reader = reader
        self._features = list(zip(spec.features, map(str, layout.header.features), strict=True))
        # All columns, also those that are dropped: a row that is not text is rejected.
        self._types: dict[str, pa.DataType] = dict.fromkeys(reader.names, TEXT)
        for feature, name in self._features:
            if not isinstance(feature, CategoricalFeature):
                self._types[name] = pa.float64()
        # A file with a decimal point throughout and one with a comma are both fast.
        self._decimal_marks = (".", ",") if layout.decimal_comma else (".",)

    def parse(self, block: bytes) -> Parsed | None:
        """Convert a block of whole records, or return None where a row may be at fault."""
        table = self._converted(block)
        if table is None:
            return None
        encoded, categories = [], {}
        for feature, name in self._features:
            array = whole(table[name])
            if isinstance(feature, CategoricalFeature):
                # Arrow's CSV reader could do this as it reads, in more time.
                array = categories[name] = array.dictionary_encode()
            columns = _encoded(feature, array)
            if columns is None:
                return None
            encoded.append(columns)
        return Parsed(table.num_rows, self._reader.kept(table, categories), encoded, None)

    def _converted(self, block: bytes) -> pa.Table | None:
        for mark in self._decimal_marks:
            try:
                return self._reader.read(block, self._types, decimal_mark=mark)
            except pa.ArrowInvalid:
                continue
        return None


def _encoded(feature: Feature, array: pa.Array) -> list[Floats] | None:
    """Encode a converted column, or return None where a value in it is not valid."""
    if isinstance(feature, CategoricalFeature):
        categories = [
            feature.by_text.get(normalised(text)) for text in array.dictionary.to_pylist()
        ]
        if any(category is None for category in categories):
            return None
        codes = np.array([feature.encode(one) for one in categories if one], np.float64)
        codes = codes.reshape(len(categories), len(feature.columns))  # also where there is none
        indices = view(array.indices)
        return [codes[:, column][indices] for column in range(len(feature.columns))]
    numbers: Floats = view(array)
    if numbers.size and not (
        feature.valid.lowest <= numbers.min() and numbers.max() <= feature.valid.highest
    ):
        return None  # also where a NaN is among them
    return [numbers]
