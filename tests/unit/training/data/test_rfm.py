"""Recency, frequency and monetary value; expected figures by hand, and once by DuckDB."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.support.cli import segment
from training.data.rfm import Built, Columns, Dropped, Period, build
from training.errors import DataError

AS_OF = Period(date(2026, 11, 23))

SHOP = """Customer ID;Order Date;Amount;note
a;2026-11-20;10,50;x
a;2026-11-01T23:59:59Z;0.1;
a;2026/10/31;0,2;with "quotes"
a;2026-11-22;-5;a refund is no visit
b;2026-11-23;7;today
b;2026-11-24;100;after the last day
c;2026-01-01;-3;refunds only
d;2026-11-13;5;
d;2026-11-14;-20;gets back more than d paid
 e ;2026-11-13;0;nothing was paid
f;20261113;5;not how dates are written
f;2026-13-01;5;there is no 13th month
f;;5;no date
;2026-11-13;5;nobody
f;2026-11-13;;no amount
f;2026-11-13;five;no number
f;2026-11-13;5;too;many
"""


def built(
    text: str, period: Period = AS_OF, **columns: Any
) -> tuple[list[tuple[object, ...]], Built]:
    data = text.encode()
    table, counts = build(io.BytesIO(data), "shop.csv", period, Columns(**columns))
    return [tuple(row.values()) for row in table.to_pylist()], counts


def test_customers_are_days_orders_and_money() -> None:
    rows, counts = built(SHOP)

    assert rows == [("a", 3, 3, 5.8), ("b", 0, 1, 7.0), ("d", 10, 1, 0.0)]
    assert (counts.read, counts.used, counts.refunds) == (17, 8, 3)
    assert (counts.customers, counts.without_purchase, counts.refunded) == (3, 1, 1)


def test_rows_that_do_not_count_are_counted_by_reason_with_the_first_of_them() -> None:
    _, counts = built(SHOP)

    # Records are counted from the header, which is 1.
    assert counts.dropped == {
        "after_as_of": Dropped(1, 7),
        "amount_is_zero": Dropped(1, 11),
        "not_a_date": Dropped(2, 12),
        "missing_date": Dropped(1, 14),
        "missing_customer": Dropped(1, 15),
        "missing_amount": Dropped(1, 16),
        "amount_not_a_number": Dropped(1, 17),
        "wrong_field_count": Dropped(1, 18),
    }
    assert counts.read == counts.used + sum(one.rows for one in counts.dropped.values())


def test_a_period_has_a_first_day_too() -> None:
    rows, counts = built(SHOP, Period(date(2026, 11, 23), date(2026, 11, 1)))

    assert rows[0] == ("a", 3, 2, 5.6)  # without 0.2 of October
    assert counts.dropped["before_since"] == Dropped(2, 4)


def test_the_rows_of_an_order_count_once() -> None:
    rows, counts = built(
        "Order No,Customer ID,Date,Amount\n"
        "1,a,2026-11-01,5\n1,a,2026-11-01,6\n2,a,2026-11-02,1\n2,b,2026-11-02,1\n,b,2026-11-03,9\n",
        order="order no",
    )

    assert rows == [("a", 21, 2, 12.0), ("b", 21, 1, 1.0)]
    assert counts.dropped == {"missing_order": Dropped(1, 6)}


def test_columns_are_found_under_the_headers_that_are_named() -> None:
    text = "KUNDE|Tag|Umsatz|Amount\na|31.12.2025|5|99\na|12/31/2025|5|99\n"

    rows, counts = built(
        text, customer=("Kunde",), date=("tag",), amount=("Umsatz",), date_format="%d.%m.%Y"
    )

    assert rows == [("a", 327, 1, 5.0)]
    assert counts.dropped == {"not_a_date": Dropped(1, 3)}


def test_a_time_zone_decides_on_the_day_in_utc() -> None:
    rows, _ = built(
        "Customer ID,Date,Amount\na,2026-11-22T23:30:00-05:00,1\nb,2026-11-22 23:30:00,1\n"
    )

    assert rows == [("a", 0, 1, 1.0), ("b", 1, 1, 1.0)]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("", {}, "shop.csv: the file is empty"),
        ("Customer ID,Date,Amount\n", {}, "no usable row (there is only a header)"),
        (
            "Customer ID,Date,Amount\na,23.11.2026,1\n",
            {},
            "dates are YYYY-MM-DD, or say how: --date",
        ),
        ("Customer ID,Date\na,2026-11-23\n", {}, 'column "Amount" is missing'),
        ("Customer ID,Day,Amount\na,2026-11-23,1\n", {}, 'no column of the date, expected "Date"'),
        ("Client,Date,Amount\na,2026-11-23,1\n", {}, "no column of the customer, expected"),
        (
            "Customer ID,Date,Order Date,Amount\na,2026-11-23,2026-11-23,1\n",
            {},
            'columns "Date", "Order Date" could all be the date, expected one: name it with --date',
        ),
        ("Customer ID,Date,Amount,Total\na,2026-11-23,1,2\n", {}, "--amount name the columns"),
        ("Customer ID,Date,Amount\na,2026-11-23,1\n", {"order": "No"}, "no column of the order"),
    ],
)
def test_what_cannot_be_used_at_all_is_refused(
    text: str, columns: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError) as caught:
        built(text, **columns)

    assert message in str(caught.value)


@pytest.mark.parametrize("order", [None, "No"])
def test_many_transactions_give_what_duckdb_gives(
    tmp_path: Path, order: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.records.BLOCK_BYTES", 20_000)
    monkeypatch.setattr("training.data.rfm._PARTS", 3)  # partial sums are merged on the way, too
    chance = np.random.default_rng(0)
    count = 20_000
    days = np.datetime64("2025-01-01") + chance.integers(0, 700, count)
    amounts = np.round(chance.lognormal(3, 1, count), 2) * np.where(
        chance.random(count) < 0.1, -1, 1
    )
    lines = [
        f"{number // 3},C{customer},{day},{amount:.2f}"
        for number, (customer, day, amount) in enumerate(
            zip(chance.integers(0, 2_000, count), days, amounts, strict=True)
        )
    ]
    path = tmp_path / "shop.csv"
    path.write_text("\n".join(["No,Customer ID,Date,Amount", *lines, ""]), encoding="utf-8")

    period = Period(date(2026, 6, 30), date(2025, 7, 1))
    rows, _ = built(path.read_text(encoding="utf-8"), period, order=order)

    counted = "count(*)" if order is None else "count(DISTINCT No)"
    found = duckdb.sql(
        f"""SELECT "Customer ID", DATE '2026-06-30' - max(Date) FILTER (Amount > 0),
                   {counted} FILTER (Amount > 0), greatest(round(sum(Amount), 2), 0)
            FROM read_csv('{path}') WHERE Date BETWEEN '2025-07-01' AND '2026-06-30'
            GROUP BY 1 HAVING count(*) FILTER (Amount > 0) > 0 ORDER BY 1"""
    )
    assert found is not None
    expected = found.fetchall()
    assert [row[:3] for row in rows] == [row[:3] for row in expected]
    assert [row[3] for row in rows] == pytest.approx([row[3] for row in expected])


class TestCommand:
    def test_writes_customers_that_the_spec_rfm_reads(self, tmp_path: Path) -> None:
        shop, customers = tmp_path / "shop.csv", tmp_path / "customers.csv"
        shop.write_text(SHOP, encoding="utf-8")

        outcome = segment("rfm", shop, customers, "--as-of", "2026-11-23")

        assert outcome.code == 0
        assert f"3 customers in {customers}, from 8 of 17 rows (3 refunds)" in outcome.err
        assert "2 rows left out: not_a_date, first in row 12" in outcome.err
        # Three of them are few, but they are read. (d's 0 is valid, its frequency of 1 too.)
        checked = segment("spec", "check", "rfm", "--data", customers, "--json").json
        assert (checked["data"]["rows"], checked["data"]["dropped"]) == (3, {})

    def test_gives_its_counts_as_json(self, tmp_path: Path) -> None:
        shop = tmp_path / "shop.csv"
        shop.write_text(SHOP, encoding="utf-8")

        told = segment("rfm", shop, tmp_path / "c.csv", "--as-of", "2026-11-23", "--json").json

        assert (told["customers"], told["read"]) == (3, 17)
        assert told["dropped"]["missing_date"] == {"rows": 1, "first_row": 14}

    def test_leaves_a_file_as_it_was_when_it_fails(self, tmp_path: Path) -> None:
        shop, customers = tmp_path / "shop.csv", tmp_path / "customers.csv"
        shop.write_text("Customer ID,Date,Amount\n", encoding="utf-8")
        customers.write_text("before", encoding="utf-8")

        assert "no usable row" in segment("rfm", shop, customers, "--as-of", "2026-11-23").refusal
        assert customers.read_text(encoding="utf-8") == "before"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["customers.csv", "shop.csv"]

    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("--as-of", "23.11.2026"),
            ("--as-of", "2026-11-23", "--since", "2026-12-01"),
            ("--as-of", "2026-11-23", "--date-format", "DD.MM.YYYY"),
        ],
    )
    def test_wrong_usage_is_told_apart(self, tmp_path: Path, options: tuple[str, ...]) -> None:
        shop = tmp_path / "shop.csv"
        shop.write_text(SHOP, encoding="utf-8")

        assert segment("rfm", shop, tmp_path / "c.csv", *options).code == 2
