"""The domain's reading rule over a whole column of texts.

Distinct texts are judged once. A few are given to the domain's own rule; many go through the same
rule in vectorised form, made of the same pattern and the same limits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from score.arrays import arrow, booleans, view
from segmentation import values
from segmentation.errors import Reason, ValueRejected
from segmentation.features import CategoricalFeature, Feature, NumericFeature

FEW = 2_000
"""Up to so many distinct texts of a block are read one by one."""

Floats = npt.NDArray[np.float64]
REASONS = tuple(Reason)


@dataclass(frozen=True, slots=True)
class Judged:
    """A column of a block, judged.

    Parameters
    ----------
    encoded
        The feature's columns in centroid space, unscaled; 0 where rejected.
    texts
        The column as it stood.
    reasons
        For each distinct text an index into `REASONS`, or -1 where it is good.
    sentences
        For each distinct text what is wrong with it, or None.
    """

    encoded: list[Floats]
    texts: pa.DictionaryArray
    reasons: npt.NDArray[np.int8]
    sentences: npt.NDArray[np.object_]

    def wrong(self) -> npt.NDArray[np.int64]:
        """Give the rows whose value is rejected."""
        if (self.reasons < 0).all():
            return np.empty(0, np.int64)
        return np.flatnonzero((self.reasons >= 0)[view(self.texts.indices)])


def judge_column(feature: Feature, column: pa.StringArray, decimal_comma: bool) -> Judged:
    """Judge a column of texts.

    Parameters
    ----------
    feature
        What the column means.
    column
        The fields as they stood.
    decimal_comma
        Whether a number may have a decimal comma.
    """
    texts = column.dictionary_encode()
    if isinstance(feature, CategoricalFeature) or len(texts.dictionary) <= FEW:
        encoded, reasons, sentences = _one_by_one(feature, texts.dictionary, decimal_comma)
    else:
        encoded, reasons, sentences = _vectorised(feature, texts.dictionary, decimal_comma)
    rows = view(texts.indices)
    return Judged([column[rows] for column in encoded], texts, reasons, sentences)


Verdicts = tuple[list[Floats], npt.NDArray[np.int8], npt.NDArray[np.object_]]


def _one_by_one(feature: Feature, texts: pa.StringArray, decimal_comma: bool) -> Verdicts:
    encoded = np.zeros((len(texts), len(feature.columns)))
    reasons = np.full(len(texts), -1, np.int8)
    sentences = np.full(len(texts), None, object)
    for index, text in enumerate(texts.to_pylist()):
        try:
            value = feature.read_text(text, decimal_comma=decimal_comma)
            encoded[index] = feature.encode(value)  # type: ignore[arg-type]
        except ValueRejected as exc:
            reasons[index] = REASONS.index(exc.reason)
            sentences[index] = exc.detail
    return [encoded[:, column] for column in range(encoded.shape[1])], reasons, sentences


def _vectorised(feature: NumericFeature, texts: pa.StringArray, decimal_comma: bool) -> Verdicts:
    trimmed = pc.ascii_trim(texts, characters=values.TRIMMED)
    pattern = values.DECIMAL_COMMA_PATTERN if decimal_comma else values.NUMBER_PATTERN
    spelt = pc.match_substring_regex(trimmed, rf"\A(?:{pattern})\z")
    numbers = np.full(len(texts), np.inf)
    numbers[booleans(spelt)] = _converted(trimmed.filter(spelt), decimal_comma)
    inside = (numbers >= feature.valid.lowest) & (numbers <= feature.valid.highest)
    reasons = np.full(len(texts), -1, np.int8)
    reasons[~inside] = REASONS.index(Reason.OUT_OF_BOUNDS)
    reasons[~np.isfinite(numbers)] = REASONS.index(Reason.NOT_A_NUMBER)
    reasons[view(pc.binary_length(trimmed)) == 0] = REASONS.index(Reason.MISSING_VALUE)
    wrong = np.flatnonzero(reasons >= 0)
    sentences = np.full(len(texts), None, object)
    sentences[wrong] = _sentences(
        feature, trimmed.take(arrow(wrong.astype(np.int32))).to_pylist(), reasons[wrong].tolist()
    )
    numbers[wrong] = 0.0
    return [numbers], reasons, sentences


def _sentences(feature: NumericFeature, texts: list[str], reasons: list[int]) -> list[str]:
    missing = values.missing_detail(feature.name)
    ends = [values.detail_ends(feature.name, feature.expectation(reason)) for reason in REASONS]
    return [
        values.shown(text).join(ends[reason]) if text else missing
        for text, reason in zip(texts, reasons, strict=True)
    ]


def _converted(spelt: pa.StringArray, decimal_comma: bool) -> Floats:
    """Convert texts that are spelt as numbers to float64, infinite where they are too large."""
    plain = pc.replace_substring(spelt, ",", ".") if decimal_comma else spelt
    numbers: Floats = view(pc.cast(plain, pa.float64()))
    return numbers
