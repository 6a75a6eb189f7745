"""Where the outputs of an upload stand, and the keys that can have none but a report."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from segmentation.errors import UploadRefused

MAXIMUM_KEY_BYTES = 1_000
"""S3 takes 1,024; the names of outputs need the rest."""

RESERVED = "_long/"
"""Reports of keys that are refused have names of their own under it, which no upload can take."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The keys of an upload's outputs in the results bucket; a refused key has only a report."""

    report: str
    scored: str | None
    rejected: str | None

    @classmethod
    def of(cls, key: str) -> Outputs:
        """Give the outputs of an upload's key; no two keys share one."""
        if key_refusal(key) is not None:
            name = hashlib.sha256(key.encode()).hexdigest()
            return cls(f"reports/{RESERVED}{name}.json", None, None)
        return cls(f"reports/{key}.json", f"scored/{key}.parquet", f"rejected/{key}.csv")


def key_refusal(key: str) -> UploadRefused | None:
    """Say why no upload of this key is scored; None for a key as it should be."""
    count = len(key.encode())
    if count > MAXIMUM_KEY_BYTES:
        return UploadRefused(
            "key_too_long",
            f"the key has {count:,} bytes, expected at most {MAXIMUM_KEY_BYTES:,}: "
            "give the file a shorter name",
        )
    if key.startswith(RESERVED):
        return UploadRefused(
            "key_reserved",
            f"the key begins with {RESERVED}, where reports about names that are too long stand: "
            "give the file another name",
        )
    return None
