"""Every error of the system, one leaf for one decision of the caller.

::

    SegmentationError
    ├── ValueRejected          this value cannot be scored: reject its row, answer 422
    ├── CustomerRejected       this customer cannot be scored: answer 422, one entry per field
    ├── UploadRefused          this upload as a whole cannot be scored: report it, never retry
    ├── DocumentError          a spec, model document or alias breaks its format, field named
    ├── SettingsError          the environment lacks or garbles settings, all of them named
    ├── RegistryError          the registry cannot do what was asked
    │   ├── UnknownVersion       there is no such version: list the versions
    │   └── NoChampion           nothing serves yet: promote one, retry later, answer 503
    ├── StoreConflict          a conditional write lost: read again and decide anew
    └── TransientError         trouble that passes by itself: retry soon

A message says what, where, got and expected; the same facts stand in attributes, so nobody parses
the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class SegmentationError(Exception):
    """The root: whatever the system refuses, for a reason that it can name."""


class Reason(StrEnum):
    """Why a row was rejected; the codes stand in reports, reject files and API answers."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    NOT_TEXT = "not_text"
    MISSING_VALUE = "missing_value"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_BOUNDS = "out_of_bounds"
    UNKNOWN_CATEGORY = "unknown_category"


class ValueRejected(SegmentationError):
    """A value does not fit its feature."""

    def __init__(self, feature: str, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.feature = feature
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of one customer: its key as sent, a code and a sentence."""

    field: str
    code: str
    message: str


class CustomerRejected(SegmentationError):
    """A customer has wrong, missing, doubled or unknown fields."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


class UploadRefused(SegmentationError):
    """An upload is empty, not text, has no header, lacks a feature or exceeds a limit.

    Parameters
    ----------
    code
        A short name for machines, such as ``missing_column``.
    message
        A sentence for the person who dropped the file: what is wrong and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class DocumentError(SegmentationError):
    """A document breaks its format at a field.

    Parameters
    ----------
    field
        Path of the field, such as ``model.segments[2].radius``.
    problem
        What was got and what was expected.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class SettingsError(SegmentationError):
    """Settings are missing or malformed; the message names all of them."""


class RegistryError(SegmentationError):
    """The registry cannot do what was asked."""


class UnknownVersion(RegistryError):
    """The registry holds no such version."""


class NoChampion(RegistryError):
    """No version was promoted yet."""


class StoreConflict(SegmentationError):
    """A conditional write found another object than it expected."""


class TransientError(SegmentationError):
    """Trouble that passes by itself; the caller tries again later."""
