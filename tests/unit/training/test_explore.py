"""The notebook is committed as it was written; `make test-notebook` runs it."""

from __future__ import annotations

import json
from pathlib import Path

EXPLORE = Path(__file__).parents[3] / "training" / "explore.ipynb"


def test_the_notebook_is_committed_without_outputs() -> None:
    notebook = json.loads(EXPLORE.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]

    assert cells
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(
        cells
    )


def test_the_notebook_is_short() -> None:
    notebook = json.loads(EXPLORE.read_text(encoding="utf-8"))

    assert sum(len(cell["source"]) for cell in notebook["cells"]) < 150
