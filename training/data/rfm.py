"""Recency, frequency and monetary value of each customer, from a shop's transactions.

Decided: a purchase is a row with a positive amount. A refund (a negative amount) lowers the
monetary value, but is no order and no visit. A row with amount 0 counts for nothing. A customer
without any purchase is left out, and a monetary value never falls below 0 (refunds of what was
bought before the period).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from engine.arrays import arrow, view
from engine.block import Parsed
from engine.reader import Upload, open_upload
from engine.rejects import REASONS
from segmentation.errors import Reason, UploadRefused
from segmentation.spec import Spec, header_key
from segmentation.values import TRIMMED
from training.data.dataset import Floats
from training.errors import DataError

CUSTOMER = ("Customer ID", "CustomerID", "customer_id", "Customer", "Client ID", "client_id")
DATE = (
    *("Date", "Order Date", "order_date", "OrderDate", "Invoice Date", "invoice_date"),
    *("InvoiceDate", "Transaction Date", "transaction_date", "Purchase Date", "purchase_date"),
)
AMOUNT = (
    *("Amount", "Total", "Order Total", "order_total", "Revenue", "Sales", "Net Amount"),
    *("Transaction Amount", "transaction_amount", "Total Amount", "total_amount"),
)
"""Headers under which the columns are found unless the user names others."""

HEADER = ("Customer ID", "Recency (days)", "Frequency (orders)", "Monetary (total)")
"""What is written: the titles of the shipped spec ``rfm``."""

_ISO = r"[0-9]{4}([-/])[0-9]{2}([-/])[0-9]{2}(?:[T ].*)?"
_PARTS = 64
_AMOUNT_REASONS = {
    Reason.MISSING_VALUE: "missing_amount",
    Reason.NOT_A_NUMBER: "amount_not_a_number",
    Reason.OUT_OF_BOUNDS: "amount_out_of_bounds",
}

Days = NDArray[np.int64]
"""Days since 1970-01-01."""

NO_DAY = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is which, and how dates are written.

    Parameters
    ----------
    customer, date, amount
        Headers, ignoring case and outer space; any of them names the column.
    order
        The column of the order number, where an order has several rows; None: each row is one.
    date_format
        As strptime takes it; None: ISO 8601, such as 2026-11-23 or 2026-11-23T10:00:00Z.
    """

    customer: tuple[str, ...] = CUSTOMER
    date: tuple[str, ...] = DATE
    amount: tuple[str, ...] = AMOUNT
    order: str | None = None
    date_format: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The days whose transactions count, both included; without a first day all before count."""

    last: date
    first: date | None = None


@dataclass
class Dropped:
    """Rows that do not count, for one reason: how many, and the record number of the first."""

    rows: int
    first_row: int


@dataclass
class Built:
    """What became of a file of transactions.

    Parameters
    ----------
    read, used
        Rows of the file, and those that count (refunds included).
    dropped
        The other rows by reason.
    refunds
        Rows with a negative amount.
    customers
        How many were written.
    without_purchase
        Customers left out, because they have refunds only.
    refunded
        Customers whose refunds exceed their purchases; their monetary value is 0.
    """

    read: int = 0
    used: int = 0
    dropped: dict[str, Dropped] = field(default_factory=dict)
    refunds: int = 0
    customers: int = 0
    without_purchase: int = 0
    refunded: int = 0

    def drop(self, reason: str, rows: NDArray[np.int64]) -> None:
        """Count rows, given by their record numbers, ascending."""
        if len(rows):
            known = self.dropped.setdefault(reason, Dropped(0, int(rows[0])))
            known.rows += len(rows)


def build(
    transactions: BinaryIO, address: str, period: Period, columns: Columns
) -> tuple[pa.Table, Built]:
    """Build the customers' table; the memory grows with the customers, not with the rows.

    Parameters
    ----------
    transactions
        A CSV file, as an upload may look like: any delimiter and encoding, plain or gzip.
    address
        What people call it.
    period
        What counts.
    columns
        Where it stands.

    Returns
    -------
    customers, built
        One row for each customer in the order of their ids, under `HEADER`; and the counts.

    Raises
    ------
    DataError
        It cannot be read, lacks a column, or no row can be used.
    """
    built = Built()
    parts: list[pa.Table] = []
    orders: list[pa.Table] = []
    try:
        for rows in _usable(open_upload(transactions, _spec(columns)), period, columns, built):
            built.used += rows.num_rows
            parts.append(_summed(rows))
            if columns.order is not None:
                bought = rows.filter(pc.greater(rows["amount"], 0.0))
                orders.append(
                    bought.select(["customer", "order"])
                    .group_by(["customer", "order"])
                    .aggregate([])
                )
            if len(parts) == _PARTS:
                parts, orders = [_merged(parts)], _distinct(orders)
    except UploadRefused as exc:
        columns_meant = " (--customer, --date and --amount name the columns)"
        hint = columns_meant if exc.code in {"missing_column", "duplicate_column"} else ""
        raise DataError(f"{address}: {exc.message}{hint}") from exc
    if not built.used:
        reasons = ", ".join(f"{one.rows:,} {name}" for name, one in built.dropped.items())
        hint = "" if columns.date_format else " (dates are YYYY-MM-DD, or say how: --date-format)"
        raise DataError(
            f"{address}: no usable row ({reasons or 'there is only a header'}), expected "
            f"transactions{hint}"
        )
    customers = _merged(parts)
    if columns.order is not None:
        counted = _distinct(orders)[0].group_by("customer").aggregate([([], "count_all")])
        frequency = dict(
            zip(counted["customer"].to_pylist(), counted["count_all"].to_pylist(), strict=True)
        )
        numbers = [frequency.get(one, 0) for one in customers["customer"].to_pylist()]
        place = customers.schema.get_field_index("orders")
        customers = customers.set_column(place, "orders", pa.array(numbers, pa.int64()))
    return _finished(customers, period, built), built


def _usable(upload: Upload, period: Period, columns: Columns, built: Built) -> Iterator[pa.Table]:
    """Give the rows that count, block by block: customer, day, amount, and order if known."""
    places = _places(upload, columns)
    row = 2  # the header is record 1
    for parsed in upload.parsed():
        numbers = _record_numbers(parsed, row, built)
        row += parsed.read
        built.read += parsed.read
        amounts = parsed.encoded[0][0]
        texts = {name: _trimmed(parsed.kept[place]) for name, place in places.items()}
        days = _days(texts["date"], columns.date_format)
        last = (period.last - date(1970, 1, 1)).days
        first = NO_DAY + 1 if period.first is None else (period.first - date(1970, 1, 1)).days
        good = np.ones(len(amounts), np.bool_)
        for reason, wrong in (
            ("missing_customer", _empty(texts["customer"])),
            ("missing_date", _empty(texts["date"])),
            ("not_a_date", days == NO_DAY),
            ("missing_order", _empty(texts["order"]) if "order" in texts else ~good),
            ("after_as_of", days > last),
            ("before_since", days < first),
            ("amount_is_zero", amounts == 0),
        ):
            found = wrong & good
            built.drop(reason, numbers[found])
            good &= ~found
        built.refunds += int((amounts[good] < 0).sum())
        rows = np.flatnonzero(good)
        yield pa.table(
            {
                **{
                    name: text.take(pa.array(rows))
                    for name, text in texts.items()
                    if name != "date"
                },
                "day": pa.array(days[rows]),
                "amount": arrow(amounts[rows]),
            }
        )


def _record_numbers(parsed: Parsed, row: int, built: Built) -> NDArray[np.int64]:
    """Give the record numbers of the rows that the engine could read, and count the others."""
    numbers = np.arange(row, row + parsed.read)
    if parsed.rejects is None:
        return numbers
    for code, reason in enumerate(REASONS):
        rows = parsed.rejects.rows[parsed.rejects.reasons == code]
        built.drop(_AMOUNT_REASONS.get(reason, reason.value), numbers[rows])
    return np.delete(numbers, parsed.rejects.rows)


def _spec(columns: Columns) -> Spec:
    """Give a spec under which the engine judges amounts, and keeps the rest as it stands."""
    customer = "customer" if columns.customer == CUSTOMER else "customer_column"
    # Where the user named a column, another one called Amount is not meant.
    amount = "amount" if columns.amount == AMOUNT else "amount_column"
    return Spec.from_dict(
        {
            "name": "transactions",
            "id": _names(customer, columns.customer),
            "features": [_names(amount, columns.amount) | {"kind": "numeric"}],
            "naming": {"base": [{"feature": amount, "word": "Amount"}]},
        },
        "columns",
    )


def _names(name: str, headers: tuple[str, ...]) -> dict[str, object]:
    return {"name": name, "title": headers[0], "aliases": list(headers[1:])}


def _places(upload: Upload, columns: Columns) -> dict[str, int]:
    """Find the columns that the engine only keeps, by their place among the kept ones."""
    kept = upload.layout.kept
    header = upload.layout.header
    if header.id is None:
        raise _missing(upload, "customer", columns.customer)
    places = {"customer": [one.position for one in kept].index(header.id)}
    wanted = {"date": columns.date}
    if columns.order is not None:
        wanted["order"] = (columns.order,)
    for what, headers in wanted.items():
        keys = {header_key(one) for one in headers}
        found = [
            place
            for place, one in enumerate(kept)
            if one.position is not None and header_key(one.header) in keys
        ]
        if not found:
            raise _missing(upload, what, headers)
        if len(found) > 1:
            doubled = '", "'.join(kept[place].header.strip() for place in found)
            raise UploadRefused(
                "duplicate_column",
                f'columns "{doubled}" could all be the {what}, expected one: name it with --{what}',
            )
        places[what] = found[0]
    return places


def _missing(upload: Upload, what: str, headers: tuple[str, ...]) -> UploadRefused:
    there = ", ".join(f'"{one.strip()[:60]}"' for one in upload.layout.header.fields[:20])
    return UploadRefused(
        "missing_column",
        f'no column of the {what}, expected "{headers[0]}" or --{what} HEADER; there is {there}',
    )


def _trimmed(column: pa.Array) -> pa.StringArray:
    return pc.ascii_trim(column.cast(pa.string()), characters=TRIMMED)


def _empty(texts: pa.StringArray) -> NDArray[np.bool_]:
    return np.asarray(view(pc.binary_length(texts)) == 0)


def _days(texts: pa.StringArray, form: str | None) -> Days:
    """Read dates; a time of day is cut off, after a time zone was taken to UTC."""
    distinct = texts.dictionary_encode()
    spelt = pd.Series(distinct.dictionary.to_pylist(), dtype=object)
    if form is None:
        spelt = spelt.where(spelt.str.fullmatch(_ISO).astype(bool), "")
        spelt = spelt.str.replace(r"^([0-9]{4})/([0-9]{2})/([0-9]{2})", r"\1-\2-\3", regex=True)
    moments = pd.to_datetime(spelt, format=form or "ISO8601", errors="coerce", utc=True)
    known = moments.notna().to_numpy()
    days = np.full(len(moments), NO_DAY, np.int64)
    seconds = moments[known].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    days[known] = seconds.astype(np.int64)
    return np.asarray(days[view(distinct.indices)])


def _summed(rows: pa.Table) -> pa.Table:
    """Sum up each customer of a block: last day of a purchase, orders, and amounts."""
    bought = pc.greater(rows["amount"], 0.0)
    marked = pa.table(
        {
            "customer": rows["customer"],
            "day": pc.if_else(bought, rows["day"], pa.scalar(None, pa.int64())),
            "orders": pc.cast(bought, pa.int64()),
            "amount": rows["amount"],
        }
    )
    return _merged([marked])


def _merged(parts: list[pa.Table]) -> pa.Table:
    found = (
        pa.concat_tables(parts)
        .group_by("customer")
        .aggregate([("day", "max"), ("orders", "sum"), ("amount", "sum")])
    )
    return found.select(["customer", "day_max", "orders_sum", "amount_sum"]).rename_columns(
        ["customer", "day", "orders", "amount"]
    )


def _distinct(orders: list[pa.Table]) -> list[pa.Table]:
    if not orders:
        return []
    return [pa.concat_tables(orders).group_by(["customer", "order"]).aggregate([])]


def _finished(customers: pa.Table, period: Period, built: Built) -> pa.Table:
    built.without_purchase = customers["day"].null_count
    bought = customers.filter(pc.is_valid(customers["day"])).sort_by("customer")
    # Sums of cents as people write them: 0.30000000000000004 is 0.3.
    amounts: Floats = np.round(bought["amount"].to_numpy(), 6)
    built.refunded = int((amounts < 0).sum())
    built.customers = bought.num_rows
    last = (period.last - date(1970, 1, 1)).days
    return pa.table(
        [
            bought["customer"],
            pc.subtract(pa.scalar(last, pa.int64()), bought["day"]),
            bought["orders"],
            pa.array(np.maximum(amounts, 0.0)),
        ],
        names=list(HEADER),
    )


def write(customers: pa.Table, out: BinaryIO) -> None:
    """Write the customers' table as CSV."""
    out.write((",".join(HEADER) + "\n").encode())
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(customers, out, options)


def is_date_format(form: str) -> bool:
    """Tell whether a date can be read back that was written in this format.

    Examples
    --------
    >>> is_date_format("%d.%m.%Y"), is_date_format("DD.MM.YYYY"), is_date_format("%d.%m.")
    (True, False, False)
    """
    if not re.search(r"%[dexDFjc]", form):
        return False
    sample = date(2024, 2, 29)
    try:
        return bool(pd.to_datetime(sample.strftime(form), format=form).date() == sample)
    except ValueError:
        return False
