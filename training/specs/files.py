"""Specs as files: those that the project ships, and a user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from segmentation.errors import DocumentError
from segmentation.spec import Spec

SHIPPED = Path(__file__).parent
DEFAULT = "mall_customers"


def shipped_specs() -> list[str]:
    """Give the names of the specs that the project ships."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_spec(name_or_path: str) -> Spec:
    """Read a spec by its name among the shipped ones, or by its path.

    Raises
    ------
    DocumentError
        There is none, it is not TOML (https://toml.io/en/v1.0.0), or a field is wrong.

    Examples
    --------
    >>> [feature.name for feature in load_spec("mall_customers").features]
    ['gender', 'age', 'annual_income', 'spending_score']
    """
    shipped = name_or_path in shipped_specs()
    path = SHIPPED / f"{name_or_path}.toml" if shipped else Path(name_or_path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        known = ", ".join(shipped_specs())
        raise DocumentError(
            "spec", f'got "{name_or_path}", expected one of {known}, or the path of a TOML file'
        ) from exc
    except UnicodeDecodeError as exc:
        raise DocumentError(str(path), f"byte {exc.start} is not UTF-8, expected TOML") from exc
    except tomllib.TOMLDecodeError as exc:
        raise DocumentError(str(path), f"not TOML: {exc}") from exc
    return Spec.from_dict(raw, path.name)
