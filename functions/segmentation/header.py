"""Matching the header of a customer file to a spec."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.errors import UploadRefused
from segmentation.spec import OUTPUT_NAMES, REJECT_NAMES, Spec, header_key
from segmentation.values import TRIMMED, parse_number


@dataclass(frozen=True, slots=True)
class Extra:
    """A column that is kept as it stood: where it is, what it was called, what it is called now."""

    position: int
    header: str
    name: str


@dataclass(frozen=True, slots=True)
class Header:
    """Where everything stands in a record.

    Parameters
    ----------
    fields
        The header as it stood, one text for each field of a record.
    id
        Position of the id column, None where the file has none.
    features
        Position of each feature, in spec order.
    extras
        All other columns but those of a reject file, in file order.
    """

    fields: tuple[str, ...]
    id: int | None
    features: tuple[int, ...]
    extras: tuple[Extra, ...]

    @property
    def kept(self) -> tuple[int, ...]:
        """Positions of all columns but those that a reject file had added, in file order."""
        dropped = {
            position
            for position, text in enumerate(self.fields)
            if header_key(text) in REJECT_NAMES
        }
        return tuple(p for p in range(len(self.fields)) if p not in dropped)


def match_header(spec: Spec, fields: Sequence[str]) -> Header:
    """Find the id, the features and the extra columns of a file.

    Parameters
    ----------
    spec
        Says under which headers a column is found.
    fields
        The first record of the file.

    Raises
    ------
    UploadRefused
        ``no_header``: the first record is a customer's;
        ``missing_column``: a feature is not there (the nearest header is named);
        ``duplicate_column``: the id or a feature is there twice.
    """
    found: dict[str, int] = {}
    extras: list[tuple[int, str]] = []
    for position, text in enumerate(fields):
        if header_key(text) in REJECT_NAMES:
            continue
        names = spec.find(text)
        if names is None:
            extras.append((position, text))
        elif names.name in found:
            first, again = fields[found[names.name]].strip(), text.strip()
            raise UploadRefused(
                "duplicate_column",
                f'columns {found[names.name] + 1} ("{first}") and {position + 1} ("{again}") both '
                f"mean {names.title}, expected one of them: remove or rename the other",
            )
        else:
            found[names.name] = position
    missing = [feature.names for feature in spec.features if feature.name not in found]
    if not found and any(parse_number(text.strip(TRIMMED)) is not None for text in fields):
        # Headers may be shown in a message, customers' values may not.
        raise UploadRefused(
            "no_header",
            "the first row holds numbers where the column names should stand, expected a header "
            f"such as {', '.join(names.title for names in missing)}",
        )
    if missing:
        raise UploadRefused(
            "missing_column",
            "; ".join(
                _missing(names.title, names.all, [text for _, text in extras]) for names in missing
            ),
        )
    return Header(
        fields=tuple(fields),
        id=found.get(spec.id.name),
        features=tuple(found[feature.name] for feature in spec.features),
        extras=_named(spec, extras),
    )


def _missing(title: str, names: Sequence[str], headers: Sequence[str]) -> str:
    keys = {header_key(text): text.strip() for text in headers if text.strip()}
    near = [
        (difflib.SequenceMatcher(None, header_key(name), key).ratio(), text)
        for name in names
        for key, text in keys.items()
    ]
    best = max(near, default=(0.0, ""))
    known = ", ".join(f'"{name}"' for name in dict.fromkeys(names))
    hint = f', the nearest header found is "{best[1][:60]}"' if near else ""
    return f'column "{title}" is missing{hint}, expected one of {known}'


def _named(spec: Spec, extras: Sequence[tuple[int, str]]) -> tuple[Extra, ...]:
    """Name the extra columns so that no two columns of the output differ by case alone."""
    outputs = set(OUTPUT_NAMES)
    taken = {spec.id.name, *(feature.name for feature in spec.features), *outputs}
    originals = {header_key(text) for _, text in extras}
    named = []
    for position, text in extras:
        base = text.strip() or f"column_{position + 1}"
        name = f"{base}_input" if base.casefold() in outputs else base
        number = 1
        while name.casefold() in taken or (number > 1 and name.casefold() in originals):
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        named.append(Extra(position, text, name))
    return tuple(named)
