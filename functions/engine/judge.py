"""The domain's reading rule over a whole column of texts.

Distinct texts are judged once. A few are given to the domain's own rule; many go through the same
rule in vectorised form, made of the same pattern and the same limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine.arrays import arrow, bits, booleans, scalar, texts, view
from engine.rejects import REASONS
from segmentation import values
from segmentation.categorical import CategoricalFeature
from segmentation.errors import Reason, ValueRejected
from segmentation.features import Feature
from segmentation.numeric import NumericFeature

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Verdicts = tuple[list[Floats], npt.NDArray[np.int8], pa.StringArray]


FEW = 2_000
"""Up to so many distinct texts of a block are read one by one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A column of a block, judged.

    Parameters
    ----------
    feature
        What the column means.
    encoded
        Its columns in centroid space, unscaled: one array of float64 for a numeric feature or
        codes, one for each category if one-hot; not a number where rejected.
    texts
        The column as it stood.
    reasons
        For each distinct text an index into `REASONS`, or -1 where it is good.
    sentences
        For each distinct text that is not good, in their order, what is wrong with it.
    """

    feature: Feature
    encoded: list[Floats]
    texts: pa.DictionaryArray
    reasons: npt.NDArray[np.int8]
    sentences: pa.StringArray

    @property
    def kept(self) -> pa.Array:
        """The column as it goes out: numbers, or texts as they stood."""
        return arrow(self.encoded[0]) if isinstance(self.feature, NumericFeature) else self.texts

    def wrong(self) -> npt.NDArray[np.int64]:
        """Give the rows whose value is rejected."""
        if (self.reasons < 0).all():
            return np.empty(0, np.int64)
        return np.flatnonzero(np.isnan(self.encoded[0]))

    def why(self, wrong: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int8], pa.StringArray]:
        """Give the reasons and the sentences for rows whose value is rejected."""
        distinct = view(self.texts.indices)[wrong]
        place = np.cumsum(self.reasons >= 0) - 1
        return self.reasons[distinct], self.sentences.take(arrow(place[distinct]))

    def only(self, good: npt.NDArray[np.bool_]) -> Judged:
        """Leave all wrong rows out; of their texts none stays in the dictionary that is kept."""
        encoded = [column[good] for column in self.encoded]
        if isinstance(self.feature, NumericFeature):
            return replace(self, encoded=encoded)
        indices = view(self.texts.indices)[good]
        used = np.bincount(indices, minlength=len(self.reasons)) > 0
        renumbered = (np.cumsum(used) - 1).astype(np.int32)
        texts = pa.DictionaryArray.from_arrays(
            arrow(renumbered[indices]), self.texts.dictionary.filter(bits(used))
        )
        return Judged(self.feature, encoded, texts, self.reasons[used], self.sentences[:0])


class ColumnJudge:
    """Judges a column of texts, block after block; may be used from several threads.

    Parameters
    ----------
    feature
        What the column means.
    decimal_comma
        Whether a number may have a decimal comma.
    """

    def __init__(self, feature: Feature, decimal_comma: bool) -> None:
        self._feature = feature
        self._decimal_comma = decimal_comma
        # The same texts come in every block.
        self._verdict = lru_cache(FEW)(self._read)

    def judge(self, column: pa.StringArray) -> Judged:
        """Judge the fields of a block as they stood."""
        texts = column.dictionary_encode()
        if isinstance(self._feature, CategoricalFeature) or len(texts.dictionary) <= FEW:
            encoded, reasons, sentences = self._one_by_one(texts.dictionary)
        else:
            encoded, reasons, sentences = _vectorised(
                self._feature, texts.dictionary, self._decimal_comma
            )
        rows = view(texts.indices)
        return Judged(self._feature, [one[rows] for one in encoded], texts, reasons, sentences)

    def _one_by_one(self, distinct: pa.StringArray) -> Verdicts:
        width = len(self._feature.columns)
        verdicts = [self._verdict(text) for text in distinct.to_pylist()]
        encoded = np.array([one[0] for one in verdicts], np.float64).reshape(-1, width)
        reasons = np.array([one[1] for one in verdicts], np.int8)
        sentences = texts([one[2] for one in verdicts if one[2] is not None])
        return [encoded[:, column] for column in range(width)], reasons, sentences

    def _read(self, text: str) -> tuple[Sequence[float], int, str | None]:
        """Give what a text encodes to, its reason (-1: it is good) and what is wrong with it."""
        feature = self._feature
        try:
            value = feature.read_text(text, decimal_comma=self._decimal_comma)
            return feature.encode(value), -1, None  # type: ignore[arg-type]
        except ValueRejected as exc:
            return [np.nan] * len(feature.columns), REASONS.index(exc.reason), exc.detail


def _vectorised(feature: NumericFeature, distinct: pa.StringArray, decimal_comma: bool) -> Verdicts:
    trimmed = pc.ascii_trim(distinct, characters=values.TRIMMED)
    pattern = values.DECIMAL_COMMA_PATTERN if decimal_comma else values.NUMBER_PATTERN
    spelt = pc.match_substring_regex(trimmed, rf"\A(?:{pattern})\z")
    numbers = np.full(len(distinct), np.inf)
    numbers[booleans(spelt)] = _converted(trimmed.filter(spelt), decimal_comma)
    inside = (numbers >= feature.valid.lowest) & (numbers <= feature.valid.highest)
    reasons = np.full(len(distinct), -1, np.int8)
    reasons[~inside] = REASONS.index(Reason.OUT_OF_BOUNDS)
    reasons[~np.isfinite(numbers)] = REASONS.index(Reason.NOT_A_NUMBER)
    reasons[view(pc.binary_length(trimmed)) == 0] = REASONS.index(Reason.MISSING_VALUE)
    wrong = np.flatnonzero(reasons >= 0)
    sentences = _sentences(feature, trimmed.take(arrow(wrong)), reasons[wrong])
    numbers[wrong] = np.nan
    return [numbers], reasons, sentences


def _sentences(
    feature: NumericFeature, wrong: pa.StringArray, reasons: npt.NDArray[np.int8]
) -> pa.StringArray:
    """Say of each trimmed text what is wrong with it, as the domain says it of one."""
    ends = [values.detail_ends(feature.name, feature.expectation(reason)) for reason in REASONS]
    rows = arrow(reasons.astype(np.int32))
    said = pc.binary_join_element_wise(
        texts([begin for begin, _ in ends]).take(rows),
        pc.utf8_slice_codeunits(wrong, 0, values.SHOWN_CHARACTERS),
        texts([end for _, end in ends]).take(rows),
        scalar(""),
    )
    missing = bits(reasons == REASONS.index(Reason.MISSING_VALUE))
    return pc.if_else(missing, scalar(values.missing_detail(feature.name)), said)


def _converted(spelt: pa.StringArray, decimal_comma: bool) -> Floats:
    """Convert texts that are spelt as numbers to float64, infinite where they are too large."""
    plain = pc.replace_substring(spelt, ",", ".") if decimal_comma else spelt
    numbers: Floats = view(pc.cast(plain, pa.float64()))
    return numbers
