"""Documents in memory: the twin of the stores in a folder and in S3."""

from __future__ import annotations

from dataclasses import dataclass, field

from segmentation.store import Stored, check_expected, etag_of


@dataclass
class MemoryStore:
    """Objects in a dictionary."""

    address: str = "memory"
    objects: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> Stored | None:
        """Give the object, or None where there is none."""
        data = self.objects.get(key)
        return None if data is None else Stored(data, etag_of(data))

    def put(self, key: str, data: bytes, *, expected: str | None) -> str:
        """Write the object if nobody else did."""
        check_expected(key, self.get(key), data, expected)
        self.objects[key] = data
        return etag_of(data)

    def list(self, prefix: str) -> list[str]:
        """Give the keys that begin with the prefix."""
        return sorted(key for key in self.objects if key.startswith(prefix))
