"""The registry: immutable versions of the model document, and the champion that serves.

Keys: ``models/<version>/model.json`` (and what is published beside it), ``aliases/champion.json``.
Versions are written once; the alias moves by compare-and-swap and keeps its history, so two people
who promote at once both stand in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from segmentation.document import Section, parse_json
from segmentation.errors import (
    DocumentError,
    NoChampion,
    RegistryError,
    StoreConflict,
    UnknownVersion,
)
from segmentation.model import VERSION_PATTERN, Model
from segmentation.store import DocumentStore

CHAMPION_KEY = "aliases/champion.json"
ALIAS_FORMAT = "segmentation-alias"
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the alias's history.

    Parameters
    ----------
    action
        ``promote`` or ``rollback``.
    version, previous
        What serves since, and what served before (empty at first).
    at
        When, ISO 8601 in UTC.
    by, why
        Who did it and the reason given.
    """

    action: str
    version: str
    previous: str
    at: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Which version serves, and how it came to that."""

    version: str
    history: tuple[Move, ...]

    def to_json(self) -> bytes:
        """Write the alias document."""
        document = {
            "format": ALIAS_FORMAT,
            "format_version": 1,
            "version": self.version,
            "history": [asdict(move) for move in self.history],
        }
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, where: str) -> Alias:
        """Read and validate an alias document.

        Raises
        ------
        DocumentError
            It is damaged; the error names the field.
        """
        history = []
        with Section(parse_json(data, where), where) as section:
            section.choice("format", (ALIAS_FORMAT,))
            section.integer("format_version", minimum=1)
            version = section.text("version", pattern=VERSION_PATTERN)
            for inner in section.sections("history"):
                with inner:
                    history.append(
                        Move(
                            action=inner.choice("action", ("promote", "rollback")),
                            version=inner.text("version", pattern=VERSION_PATTERN),
                            previous=inner.text("previous", pattern=f"({VERSION_PATTERN})?"),
                            at=inner.text("at"),
                            by=inner.text("by"),
                            why=inner.text("why"),
                        )
                    )
        if history[-1].version != version:
            section.fail("version", f"got {version}, the history ends with {history[-1].version}")
        return cls(version, tuple(history))

    def promoted(self) -> tuple[str, ...]:
        """Give the versions that a rollback can walk back through, the champion last."""
        stack: list[str] = []
        for move in self.history:
            if move.action == "promote":
                stack.append(move.version)
            elif len(stack) > 1:
                stack.pop()
        return tuple(stack)


@dataclass(frozen=True, slots=True)
class Champion:
    """The alias as it was read, with the tag that a swap expects (None: nothing there yet)."""

    alias: Alias | None
    etag: str | None

    @property
    def version(self) -> str | None:
        """The serving version, or None before the first promotion."""
        return None if self.alias is None else self.alias.version


class Registry:
    """Works the versions and the champion alias in a store.

    Parameters
    ----------
    store
        Where the documents live.
    now
        The clock, in UTC.
    """

    def __init__(
        self,
        store: DocumentStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._now = now

    @property
    def address(self) -> str:
        """What people call the registry."""
        return self._store.address

    def versions(self) -> list[str]:
        """Give all published versions, oldest first."""
        pattern = re.compile(rf"models/({VERSION_PATTERN})/model\.json")
        matches = (pattern.fullmatch(key) for key in self._store.list("models/"))
        return sorted((match[1] for match in matches if match), key=_number)

    def publish(self, model: Model) -> Model:
        """Write the model as the next version and give it with that version.

        Raises
        ------
        RegistryError
            Others kept publishing at the same time.
        """
        number = max(map(_number, self.versions()), default=0)
        for _ in range(_ATTEMPTS):
            number += 1
            published = model.with_version(f"v{number}")
            try:
                self._store.put(model_key(published.version), published.to_json(), expected=None)
            except StoreConflict:
                continue
            return published
        raise RegistryError(f"{self.address}: no free version after {_ATTEMPTS} tries")

    def attach(self, version: str, name: str, data: bytes) -> None:
        """Publish another file beside a version's model document.

        Raises
        ------
        StoreConflict
            There is another file of that name.
        """
        self._store.put(f"models/{version}/{name}", data, expected=None)

    def attachment(self, version: str, name: str) -> bytes | None:
        """Give a file that stands beside a version's model document, or None."""
        stored = self._store.get(f"models/{version}/{name}")
        return None if stored is None else stored.data

    def load(self, version: str) -> Model:
        """Read and validate a version.

        Raises
        ------
        UnknownVersion
            There is none of that name.
        DocumentError
            It is damaged; the error names the field.
        """
        known = re.fullmatch(VERSION_PATTERN, version)
        stored = self._store.get(model_key(version)) if known else None
        if stored is None:
            listed = ", ".join(self.versions()) or "none at all"
            raise UnknownVersion(f'{self.address}: got version "{version}", there is {listed}')
        model = Model.from_json(stored.data, model_key(version))
        if model.version != version:
            raise DocumentError(
                f"{model_key(version)}.version",
                f"got {model.version}, expected {version}",
            )
        return model

    def champion(self) -> Champion:
        """Read the champion alias.

        Raises
        ------
        DocumentError
            It is damaged; the error names the field.
        """
        stored = self._store.get(CHAMPION_KEY)
        if stored is None:
            return Champion(None, None)
        return Champion(Alias.from_json(stored.data, CHAMPION_KEY), stored.etag)

    def champion_version(self) -> str:
        """Give the serving version.

        Raises
        ------
        NoChampion
            Nothing was promoted yet.
        """
        version = self.champion().version
        if version is None:
            raise NoChampion(
                f"{self.address}: got no champion, expected a promoted version "
                "(segment models promote VERSION)"
            )
        return version

    def load_champion(self) -> Model:
        """Read and validate the serving version.

        Raises
        ------
        NoChampion
            Nothing was promoted yet.
        DocumentError
            The alias or the model document is damaged.
        """
        return self.load(self.champion_version())

    def promote(self, version: str, *, by: str, why: str, seen: Champion | None = None) -> Alias:
        """Let a version serve.

        Parameters
        ----------
        version
            A published version.
        by, why
            For the history.
        seen
            The champion on which the decision rests; without it, whatever serves now.

        Raises
        ------
        StoreConflict
            Another champion was promoted since `seen`: look again.
        """
        self.load(version)
        return self._swap(lambda _: version, "promote", by, why, seen)

    def rollback(self, *, by: str, why: str) -> Alias:
        """Let the version serve again that served before the champion was promoted.

        Raises
        ------
        RegistryError
            There was none before it.
        """
        return self._swap(self._previous, "rollback", by, why, None)

    def _previous(self, alias: Alias | None) -> str:
        promoted = alias.promoted() if alias else ()
        if len(promoted) < 2:
            raise RegistryError(
                f"{self.address}: no champion before {promoted[-1] if promoted else 'the first'}, "
                "expected at least two promotions to roll back"
            )
        return promoted[-2]

    def _swap(
        self,
        choose: Callable[[Alias | None], str],
        action: str,
        by: str,
        why: str,
        seen: Champion | None,
    ) -> Alias:
        tried: list[Move] = []
        for _ in range(_ATTEMPTS):
            current = seen or self.champion()
            history = current.alias.history if current.alias else ()
            if current.alias and any(move in history for move in tried):
                return current.alias  # it was written after all, and others moved on since
            version = choose(current.alias)
            at = self._now().isoformat(timespec="seconds")
            move = Move(action, version, current.version or "", at, by, why)
            alias = Alias(version, (*history, move))
            tried.append(move)
            try:
                self._store.put(CHAMPION_KEY, alias.to_json(), expected=current.etag)
            except StoreConflict:
                if seen is not None:
                    raise
                continue
            return alias
        raise StoreConflict(f"{self.address}: the champion kept moving, expected a quiet moment")


def model_key(version: str) -> str:
    """Give the key of a version's model document."""
    return f"models/{version}/model.json"


def _number(version: str) -> int:
    return int(version.removeprefix("v"))
