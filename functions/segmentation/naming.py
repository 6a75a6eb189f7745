"""The words of a spec from which segments get their names, descriptions and advice.

This module only holds them; the rule that applies them belongs to training.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from segmentation.document import Section


@dataclass(frozen=True, slots=True)
class BaseWord:
    """A feature whose level stands in every name, and the word for it: ``Low Income``."""

    feature: str
    word: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """A feature that names a segment only when it stands out: ``Young …``, ``Older …``."""

    feature: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class SegmentText:
    """What is said of segments of a name: a whole name first, else the part without prefixes."""

    name: str
    description: str
    advice: str


@dataclass(frozen=True, slots=True)
class Naming:
    """Everything that a spec says about naming.

    Parameters
    ----------
    base
        One or two features whose levels make the base of a name, joined by `` - ``.
    prefixes
        Features that add a word in front when they stand out.
    texts
        Descriptions and advice by name.
    """

    base: tuple[BaseWord, ...]
    prefixes: tuple[Prefix, ...]
    texts: tuple[SegmentText, ...]

    @classmethod
    def read(cls, spec: Section, numeric: Set[str]) -> Naming:
        """Read the section ``naming`` of a spec; `numeric` are the features it may speak of.

        Raises
        ------
        DocumentError
            A field is missing, of another type, or speaks of a feature that is not there.
        """
        base, prefixes, texts = [], [], []
        with spec.section("naming") as section:
            for inner in section.sections("base"):
                with inner:
                    base.append(BaseWord(_feature(inner, numeric), inner.text("word")))
            for inner in section.sections("prefixes") if section.has("prefixes") else []:
                with inner:
                    prefixes.append(
                        Prefix(_feature(inner, numeric), inner.text("low"), inner.text("high"))
                    )
            for inner in section.sections("texts") if section.has("texts") else []:
                with inner:
                    texts.append(
                        SegmentText(
                            inner.text("name"), inner.text("description"), inner.text("advice")
                        )
                    )
        return cls(tuple(base), tuple(prefixes), tuple(texts))

    def to_dict(self) -> dict[str, object]:
        """Give the fields as a document holds them."""
        parts: dict[str, object] = {
            "base": [{"feature": b.feature, "word": b.word} for b in self.base]
        }
        if self.prefixes:
            parts["prefixes"] = [
                {"feature": p.feature, "low": p.low, "high": p.high} for p in self.prefixes
            ]
        if self.texts:
            parts["texts"] = [
                {"name": t.name, "description": t.description, "advice": t.advice}
                for t in self.texts
            ]
        return parts


def _feature(section: Section, known: Set[str]) -> str:
    name = section.text("feature")
    if name not in known:
        section.fail("feature", f'got "{name}", expected one of {", ".join(sorted(known))}')
    return name
