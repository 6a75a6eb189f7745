"""What a function wrote to its log, as far as a person waits for it."""

from __future__ import annotations

import json
from pathlib import Path

_TAIL_BYTES = 16 * 1024


def last_warning(log: Path, start: int) -> str | None:
    """The last warning or error among the JSON lines of a log since a position, in one line."""
    with log.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(start, file.tell() - _TAIL_BYTES))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    for line in reversed(lines):
        try:
            entry = json.loads(line)
            if entry["level"] in ("WARNING", "ERROR"):
                parts = (entry["message"], entry.get("error"))
                return ": ".join(str(part) for part in parts if part)
        except (ValueError, KeyError, TypeError):
            continue  # a line that is not one of the logger's
    return None
