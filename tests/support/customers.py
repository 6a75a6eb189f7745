"""Customers for the tests of training: generated ones, and the real file where a user has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from segmentation.spec import Spec
from training.data.dataset import Dataset
from training.data.reading import read_customers
from training.data.sample import write_sample
from training.specs.files import load_spec

# Read at import: a test sees no SEGMENT_ variable of the shell.
_MALL = Path(
    os.environ.get("SEGMENT_MALL_CSV")
    or Path(__file__).parents[2].parent / "shared" / "data" / "Mall_Customers.csv"
)

with_mall_file = pytest.mark.skipif(
    not _MALL.is_file(),
    reason="the real Mall_Customers.csv is not here: set SEGMENT_MALL_CSV to its path",
)


def no_s3() -> None:
    """Stand for the S3 client where nothing may ask for it."""
    raise AssertionError("a local file needs no S3 client")


def sample_file(path: Path, rows: int, seed: int = 1) -> Path:
    """Write generated customers."""
    with path.open("wb") as file:
        for _ in write_sample(rows, seed, file):
            pass
    return path


def read(path: Path, spec: Spec | None = None) -> Dataset:
    """Read customers of the mall's spec, or of another."""
    return read_customers(str(path), spec or load_spec("mall_customers"), no_s3)  # type: ignore[arg-type]


def mall_file() -> Path:
    """Give the path of the real file."""
    return _MALL
