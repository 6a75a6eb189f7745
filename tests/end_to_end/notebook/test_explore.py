"""The notebook runs from the first cell to the last, and finds what `segment fit` finds.

`make test-notebook` prepares what it needs.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from unittest import mock

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.support.customers import read, sample_file
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.job import train

EXPLORE = Path(__file__).parents[3] / "training" / "explore.ipynb"
SECONDS = 600


@pytest.fixture(scope="module")
def committed() -> NotebookNode:
    notebook = nbformat.read(EXPLORE, as_version=4)
    nbformat.validate(notebook)
    return notebook


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_file(tmp_path_factory.mktemp("notebook") / "customers.csv", 300, seed=5)


@pytest.fixture(scope="module")
def executed(
    committed: NotebookNode, customers: Path, tmp_path_factory: pytest.TempPathFactory
) -> NotebookNode:
    folder = tmp_path_factory.mktemp("executed")
    notebook = copy.deepcopy(committed)
    client = NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": folder}})
    own = {"SEGMENT_DATA": str(customers), "TMPDIR": str(folder), "IPYTHONDIR": str(folder)}
    with mock.patch.dict(os.environ, own):
        client.execute()
    return notebook


def test_it_finds_what_segment_fit_finds(executed: NotebookNode, customers: Path) -> None:
    fitted = train(read(customers), Options(starts=Starts(), references=0, bootstraps=0))
    text = printed(executed)

    assert "300 customers, dropped: none" in text
    assert f"k = {fitted.k} has the highest silhouette" in text
    for one in fitted.segments:
        assert f"{one.id} {one.name}: {one.size:,} customers" in text


def test_it_shows_every_criterion_the_customers_and_the_report(executed: NotebookNode) -> None:
    criteria, pictures, report = (
        output.data["text/html"]
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    )

    assert criteria.count('<svg class="chart"') == 6
    assert pictures.count('<svg class="chart"') == 2
    assert "&lt;!doctype html&gt;" in report
    assert "300 customers" in report


def printed(notebook: NotebookNode) -> str:
    return "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", [])
    )
