"""What a suite did, in figures, and what broke the promise: for people and for `make prove`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How the promise was broken."""

    LOST = "lost"
    STALE = "stale"
    WRONG = "wrong"


class Broken(AssertionError):
    """The promise is broken; what is not said to be lost or stale is wrong."""

    kind = Kind.WRONG


class Lost(Broken):
    """An upload has no report, or an output is not there."""

    kind = Kind.LOST


class Stale(Broken):
    """What stands there is of an older upload, or of another model than was asked for."""

    kind = Kind.STALE


def ensure(holds: object, told: str, broken: type[Broken] = Broken) -> None:
    """Raise what is broken unless it holds."""
    if not holds:
        raise broken(told)


def kind_of(error: BaseException | None) -> Kind:
    """Tell how an error, or one that it came of, says that the promise was broken."""
    while error is not None:
        if isinstance(error, Broken) and error.kind is not Kind.WRONG:
            return error.kind
        error = error.__cause__ or error.__context__
    return Kind.WRONG


@dataclass
class Figures:
    """Counts of one suite.

    Parameters
    ----------
    suite
        What ran.
    counts
        How many of what: faults, schedules, uploads, rows, requests, inputs, …
    broken
        What broke the promise, a line each, by kind.
    seconds
        What it took.
    """

    suite: str
    counts: Counter[str] = field(default_factory=Counter)
    broken: dict[Kind, list[str]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    seconds: float = 0.0

    def check(self, holds: bool, kind: Kind, told: str) -> bool:
        """Note what does not hold."""
        if not holds:
            self.broken[kind].append(told)
        return holds

    @property
    def holds(self) -> bool:
        """Whether nothing broke the promise."""
        return not any(self.broken.values())

    def document(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        return {
            "suite": self.suite,
            "counts": dict(self.counts),
            **{kind.value: len(told) for kind, told in self.broken.items()},
            "broken": [line for told in self.broken.values() for line in told],
            "seconds": round(self.seconds, 1),
        }
