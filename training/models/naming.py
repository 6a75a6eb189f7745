"""The rule that names new segments from the words of their spec.

z is how far a segment's centre lies from the mean of all customers, in population standard
deviations. The base of a name gives a level for each base word: Low or High by the sign of z; if
that gives two segments the same base, all of them say Low, Average or High (0.5 apart from the
mean). A prefix such as Young stands in front where |z| is over 0.7. Names that are still equal
say Very where |z| is over 1.5, and in the end are numbered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from segmentation.naming import Naming

Z = Mapping[str, float]
"""How far a segment stands out, by feature name, in standard deviations."""

AVERAGE_WITHIN = 0.5
PREFIX_BEYOND = 0.7
VERY_BEYOND = 1.5
CLOSE_TO_AVERAGE = 0.1

Level = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class SegmentName:
    """A segment's name and what is said of it.

    Parameters
    ----------
    name
        Unique among the segments of a model.
    description, advice
        From the texts of the spec; composed from the words where it has none.
    close_to_average
        Features whose word in the name says little: the segment is hardly off the mean.
    """

    name: str
    description: str
    advice: str
    close_to_average: tuple[str, ...]


def name_segments(naming: Naming, segments: Sequence[Z]) -> list[SegmentName]:
    """Name all segments of a new model.

    Parameters
    ----------
    naming
        The words and texts of the spec.
    segments
        z of each segment, in the order of their ids; at least of the features in `naming`.
    """
    level = _two_levels
    if _doubled(_base(naming, z, level) for z in segments):
        level = _three_levels
    plain = [_whole(naming, z, level) for z in segments]
    doubled = _doubled(plain)
    graded = [
        _whole(naming, z, level, _very) if name in doubled else name
        for name, z in zip(plain, segments, strict=True)
    ]
    return [
        SegmentName(
            name,
            *_texts(naming, z, level, (name, whole)),
            tuple(word.feature for word in naming.base if abs(z[word.feature]) < CLOSE_TO_AVERAGE),
        )
        for name, whole, z in zip(_numbered(graded), plain, segments, strict=True)
    ]


def distinct_name(naming: Naming, z: Z, taken: Set[str]) -> SegmentName:
    """Name one new segment among others whose names stay as they are.

    Two levels, else three, else these with Very, else numbered: the first that nobody has.

    Parameters
    ----------
    naming
        The words and texts of the spec.
    z
        Of the segment.
    taken
        The names of the others.
    """
    close = tuple(word.feature for word in naming.base if abs(z[word.feature]) < CLOSE_TO_AVERAGE)
    for graded in (_plain, _very):
        for level in (_two_levels, _three_levels):
            name = _whole(naming, z, level, graded)
            if name not in taken:
                plain = _whole(naming, z, level)
                return SegmentName(name, *_texts(naming, z, level, (name, plain)), close)
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    texts = _texts(naming, z, _three_levels, (name, _whole(naming, z, _three_levels)))
    return SegmentName(f"{name} ({number})", *texts, close)


def _two_levels(z: float) -> str:
    return "Low" if z < 0 else "High"


def _three_levels(z: float) -> str:
    if abs(z) <= AVERAGE_WITHIN:
        return "Average"
    return _two_levels(z)


def _plain(word: str, _: float) -> str:
    return word


def _very(word: str, z: float) -> str:
    return f"Very {word}" if abs(z) > VERY_BEYOND else word


def _base(naming: Naming, z: Z, level: Level, graded: Callable[[str, float], str] = _plain) -> str:
    return " - ".join(
        f"{graded(level(z[word.feature]), z[word.feature])} {word.word}" for word in naming.base
    )


def _whole(naming: Naming, z: Z, level: Level, graded: Callable[[str, float], str] = _plain) -> str:
    prefixes = [graded(word, z[feature]) for feature, word in _prefixes(naming, z)]
    return " ".join([*prefixes, _base(naming, z, level, graded)])


def _prefixes(naming: Naming, z: Z) -> list[tuple[str, str]]:
    return [
        (prefix.feature, prefix.low if z[prefix.feature] < 0 else prefix.high)
        for prefix in naming.prefixes
        if abs(z[prefix.feature]) > PREFIX_BEYOND
    ]


def _numbered(names: Sequence[str]) -> list[str]:
    """Number the second and later ones of equal names: ``A``, ``A (2)``, ``A (3)``."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return numbered


def _doubled(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def _texts(naming: Naming, z: Z, level: Level, names: Sequence[str]) -> tuple[str, str]:
    """Give description and advice: those of the whole name, else of its base, else composed."""
    written = {text.name: (text.description, text.advice) for text in naming.texts}
    for name in (*names, _base(naming, z, level)):
        if name in written:
            return written[name]
    return _composed(
        [word for _, word in _prefixes(naming, z)],
        [f"{level(z[word.feature])} {word.word}" for word in naming.base],
    )


def _composed(prefixes: Sequence[str], base: Sequence[str]) -> tuple[str, str]:
    words = " and ".join(base).lower()
    return (
        " ".join([*prefixes, "customers with", words]).capitalize(),
        f"Offers made for {words}, tried on a small group before all of them get one",
    )
