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
    reasons
        For each row an index into `REASONS`, or -1 where the value is good.
    texts
        For each row the index of its distinct text.
    sentences
        For each distinct text what is wrong with it, or None.
    """

    encoded: list[Floats]
    reasons: npt.NDArray[np.int8]
    texts: npt.NDArray[np.int32]
    sentences: npt.NDArray[np.object_]

    def details(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """Say what is wrong with each of the rows."""
        return self.sentences[self.texts[rows]]


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
    distinct = column.dictionary_encode()
    texts = distinct.indices.to_numpy()
    if isinstance(feature, CategoricalFeature) or len(distinct.dictionary) <= FEW:
        encoded, reasons, sentences = _one_by_one(feature, distinct.dictionary, decimal_comma)
    else:
        encoded, reasons, sentences = _vectorised(feature, distinct.dictionary, decimal_comma)
    return Judged(
        encoded=[column[texts] for column in encoded],
        reasons=reasons[texts],
        texts=texts,
        sentences=sentences,
    )


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
    numbers = _converted(pc.if_else(spelt, trimmed, "0"), decimal_comma)
    finite = np.isfinite(numbers)
    inside = (numbers >= feature.valid.lowest) & (numbers <= feature.valid.highest)
    empty = pc.equal(pc.binary_length(trimmed), 0).to_numpy(zero_copy_only=False)
    reasons = np.full(len(texts), -1, np.int8)
    reasons[~inside] = REASONS.index(Reason.OUT_OF_BOUNDS)
    reasons[~(spelt.to_numpy(zero_copy_only=False) & finite)] = REASONS.index(Reason.NOT_A_NUMBER)
    reasons[empty] = REASONS.index(Reason.MISSING_VALUE)
    sentences = np.full(len(texts), None, object)
    for reason in (Reason.OUT_OF_BOUNDS, Reason.NOT_A_NUMBER):
        wrong = reasons == REASONS.index(reason)
        before, behind = values.detail_ends(feature.name, feature.expectation(reason))
        shown = pc.utf8_slice_codeunits(trimmed.filter(pa.array(wrong)), 0, values.SHOWN_CHARACTERS)
        sentences[wrong] = pc.binary_join_element_wise(before, shown, behind, "").to_pylist()
    sentences[empty] = values.missing_detail(feature.name)
    numbers[reasons >= 0] = 0.0
    return [numbers], reasons, sentences


def _converted(spelt: pa.StringArray, decimal_comma: bool) -> Floats:
    """Convert texts that are spelt as numbers to float64, infinite where they are too large."""
    plain = pc.replace_substring(spelt, ",", ".") if decimal_comma else spelt
    try:
        converted: Floats = pc.cast(pc.ascii_ltrim(plain, "+"), pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        # Arrow refuses numbers beyond float64's range; Python gives infinity or 0.
        return np.array([float(text) for text in plain.to_pylist()])
    return converted.copy()
