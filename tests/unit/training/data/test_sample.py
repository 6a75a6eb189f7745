"""Generated customers: repeatable, plausible, and with six groups to be found."""

from __future__ import annotations

import csv
import io

import pytest

from training.data import sample
from training.data.sample import BLOCK_ROWS, HEADER, write_sample


def written(rows: int, seed: int = 1) -> str:
    out = io.BytesIO()
    assert list(write_sample(rows, seed, out))[-1] == rows
    return out.getvalue().decode()


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert written(500) == written(500)
    assert written(500) != written(500, seed=2)


@pytest.mark.parametrize("longer", [1_000, BLOCK_ROWS + 500])
def test_a_small_sample_is_the_beginning_of_a_large_one(longer: int) -> None:
    assert written(longer).startswith(written(400))


def test_blocks_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "BLOCK_ROWS", 100)

    rows = list(csv.DictReader(io.StringIO(written(350))))

    assert [int(row["CustomerID"]) for row in rows] == list(range(1, 351))
    assert len({tuple(row.values())[1:] for row in rows}) > 300


def test_the_columns_are_those_of_the_mall() -> None:
    assert HEADER == "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)"
    assert written(3).splitlines()[0] == HEADER
    assert len(written(3).splitlines()) == 4


def test_customers_are_plausible() -> None:
    rows = list(csv.DictReader(io.StringIO(written(20_000))))

    assert {row["Gender"] for row in rows} == {"Female", "Male"}
    assert 0.52 < sum(row["Gender"] == "Female" for row in rows) / len(rows) < 0.60
    for title, low, high in (
        ("Age", 18, 75),
        ("Annual Income (k$)", 12, 145),
        ("Spending Score (1-100)", 1, 99),
    ):
        numbers = [int(row[title]) for row in rows]
        assert low <= min(numbers) <= max(numbers) <= high
        # No pile of customers at a bound, where numbers beyond it would have been cut.
        for bound in (low, high):
            assert numbers.count(bound) < len(rows) * 0.02
