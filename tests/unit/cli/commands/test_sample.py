"""``segment sample``."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.cli import segment
from training.data import sample


def test_customers_are_written(tmp_path: Path) -> None:
    out = tmp_path / "customers.csv"

    outcome = segment("sample", 250, out)

    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"250 customers in {out}\n"
    with out.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 250


def test_the_seed_decides(tmp_path: Path) -> None:
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert segment("sample", 50, tmp_path / name, "--seed", seed, "--json").json == {
            "path": str(tmp_path / name),
            "rows": 50,
            "seed": seed,
        }
        texts.append((tmp_path / name).read_text())

    assert texts[0] == texts[1] != texts[2]


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "customers.csv"
    out.write_text("old")

    segment("sample", 5, out)

    assert out.read_text().startswith("CustomerID,")
    assert list(tmp_path.iterdir()) == [out]


def test_a_run_that_is_stopped_leaves_the_older_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "customers.csv"
    out.write_text("old")

    def stopped(*_: object) -> object:
        yield 1
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "write_sample", stopped)

    assert segment("sample", 5, out).refusal == "interrupted"
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    outcome = segment("sample", 5, tmp_path / "no" / "customers.csv")

    assert outcome.code == 2
    assert f'there is no folder "{tmp_path / "no"}"' in outcome.err


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_customers_is_at_least_one(tmp_path: Path, number: str) -> None:
    assert segment("sample", number, tmp_path / "a.csv").code == 2
    assert list(tmp_path.iterdir()) == []
