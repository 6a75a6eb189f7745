"""The process that serves the page: Streamlit, until standard input closes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from streamlit.web.cli import main

SCRIPT = Path(__file__).with_name("app.py")


def end_with_the_parent() -> None:
    """Stop when the parent is gone, however it ended: its end of our standard input closes."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_the_parent, daemon=True).start()
    main(["run", str(SCRIPT), *sys.argv[1:]])
