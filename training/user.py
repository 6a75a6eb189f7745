"""Who is at work, for the history of the champion."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Return the name of the user of this machine, or ``unknown``."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without users
        return "unknown"
