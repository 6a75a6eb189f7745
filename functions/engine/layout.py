"""The shape of one upload: its delimiter and header, and the columns that follow from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from engine.records import DELIMITERS, first_record, read_fields
from engine.text import Text
from segmentation.categorical import CategoricalFeature
from segmentation.errors import UploadRefused
from segmentation.header import Header, match_header
from segmentation.model import Model
from segmentation.spec import OUTPUT_NAMES, REJECT_NAMES, Spec

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What no header has: C0 comes of other kinds of files, C1 of text decoded by the wrong table."""

TEXT = pa.string()
NAMES = pa.dictionary(pa.int32(), pa.string())

OUTPUT_TYPES: dict[str, pa.DataType] = dict(
    zip(
        OUTPUT_NAMES,
        (pa.int32(), NAMES, pa.float64(), pa.float64(), pa.bool_(), NAMES),
        strict=True,
    )
)
"""Types of the columns that scoring adds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A column of the upload that is found again in the labelled Parquet.

    Parameters
    ----------
    position
        Its field in a record, None for an id that the upload does not have.
    header
        The header as it stood.
    name, type
        What it is in the Parquet: from the model, never from the data.
    """

    position: int | None
    header: str
    name: str
    type: pa.DataType


@dataclass(frozen=True, slots=True)
class Layout:
    """Delimiter, header and columns of an upload.

    Parameters
    ----------
    delimiter
        What separates fields; the reject file uses the same.
    header
        Where everything stands in a record.
    kept
        The columns that are kept, in input order (an id that is not there comes first).
    """

    delimiter: str
    header: Header
    kept: tuple[Kept, ...]

    @property
    def decimal_comma(self) -> bool:
        """Whether a number may have a decimal comma."""
        return self.delimiter == ";"

    def schema(self, lineage: dict[str, str] | None = None) -> pa.Schema:
        """Give the schema of the labelled output.

        Parameters
        ----------
        lineage
            Key-value metadata of the file.
        """
        columns = [
            pa.field(
                kept.name,
                kept.type,
                nullable=kept.position is None,
                metadata={"header": kept.header},
            )
            for kept in self.kept
        ]
        columns += [pa.field(name, type_, nullable=False) for name, type_ in OUTPUT_TYPES.items()]
        return pa.schema(columns, metadata=lineage)

    def reject_header(self) -> list[str]:
        """Give the header of the reject file."""
        return [*REJECT_NAMES, *(self.header.fields[position] for position in self.header.kept)]


def find_layout(spec: Spec, text: Text) -> tuple[Layout, int]:
    """Read the header of an upload.

    Parameters
    ----------
    spec
        Says which columns are features.
    text
        The upload.

    Returns
    -------
    layout, offset
        The shape of the upload, and where its first record begins.

    Raises
    ------
    UploadRefused
        ``not_text``, ``no_header``, ``missing_column``, ``duplicate_column``.
    """
    candidates = {
        delimiter: first_record(text.beginning, delimiter, whole=text.whole)
        for delimiter in DELIMITERS
    }
    headers = {
        delimiter: read_fields(_decoded(found[0]), delimiter)
        for delimiter, found in candidates.items()
        if found is not None
    }
    if not headers:
        raise UploadRefused(
            "no_header",
            f"the first row does not end within {len(text.beginning):,} bytes, expected a header: "
            "is there a quote that is never closed?",
        )
    # The delimiter under which the most columns are known, then the one that splits the most.
    delimiter = max(headers, key=lambda one: (_known(spec, headers[one]), len(headers[one])))
    header = match_header(spec, headers[delimiter])
    record = candidates[delimiter]
    assert record is not None  # noqa: S101  it was kept above
    return Layout(delimiter, header, _kept(spec, header)), record[1]


def empty_layout(model: Model) -> Layout:
    """Give the layout of an upload of which nothing is known: the model's own columns."""
    spec = model.spec
    fields = [spec.id.name, *(feature.name for feature in spec.features)]
    header = match_header(spec, fields)
    return Layout(",", header, _kept(spec, header))


def _decoded(record: bytes) -> str:
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UploadRefused("not_text", "the first row is not text, expected a CSV file") from exc
    control = _CONTROL.search(text)
    if control is not None:
        found = f"the control character U+{ord(control[0]):04X}"
        raise UploadRefused("not_text", f"the first row has {found}, expected a CSV file")
    return text


def _known(spec: Spec, fields: Sequence[str]) -> int:
    return len({names.name for names in map(spec.find, fields) if names is not None})


def _kept(spec: Spec, header: Header) -> tuple[Kept, ...]:
    kept: dict[int, Kept] = {
        extra.position: Kept(extra.position, extra.header, extra.name, TEXT)
        for extra in header.extras
    }
    for feature, position in zip(spec.features, header.features, strict=True):
        type_ = NAMES if isinstance(feature, CategoricalFeature) else pa.float64()
        kept[position] = Kept(position, header.fields[position], feature.name, type_)
    without_id = []
    if header.id is None:
        without_id = [Kept(None, "", spec.id.name, TEXT)]
    else:
        kept[header.id] = Kept(header.id, header.fields[header.id], spec.id.name, TEXT)
    return (*without_id, *(kept[position] for position in sorted(kept)))
