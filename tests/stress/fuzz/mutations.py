"""Changing a JSON document at a few places."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

HOSTILE_VALUES: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1, 2, 1.5, -0.0, 1e-300, 1e99, 1e200, -1e200, 1e308, 5e-324),
    *(10**30, 2**63, float("nan"), float("inf"), float("-inf"), [], {}, [None], [[]], {"": None}),
    *("", " ", "x", "\0", "\ud800", "a\nb", "{", "30", "v1", "x" * 5_000, "\x1b[31m"),
    *([1e200], ["a", "a"], [0, 0]),
)


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """Replace, remove, double, rename or add something, up to three times."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(changed))
        if not places:
            return draw(_values)
        holder, name = draw(st.sampled_from(places))
        match draw(st.sampled_from(("replace", "replace", "remove", "double", "rename", "scale"))):
            case "replace":
                holder[name] = draw(_values)
            case "remove":
                del holder[name]
            case "double" if isinstance(holder, list):
                holder.insert(name, copy.deepcopy(holder[name]))
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from((f"{name}_", name.upper(), "")))] = holder.pop(name)
            case "scale" if type(holder[name]) in (int, float):
                holder[name] *= draw(st.sampled_from((-1, 2, 0.5, 1e10, 1e150)))
    return changed


_values = st.sampled_from(HOSTILE_VALUES).map(copy.deepcopy) | st.floats() | st.text(max_size=5)


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(document, dict | list):
        inner = document.items() if isinstance(document, dict) else enumerate(document)
        for name, value in inner:
            yield document, name
            yield from _places(value)
