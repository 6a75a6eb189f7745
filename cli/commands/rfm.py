"""``segment rfm``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from cli.options import NewFile, json_option
from cli.output import counted, note, print_json

_DATE = click.DateTime(["%Y-%m-%d"])


@click.command
@click.argument("transactions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("customers", type=NewFile(), metavar="CUSTOMERS.csv")
@click.option(
    "--as-of", type=_DATE, required=True, metavar="DATE", help="The last day that counts."
)
@click.option("--since", type=_DATE, metavar="DATE", help="The first day; default: all before.")
@click.option("--customer", metavar="HEADER", help="The column of the customer's id.")
@click.option("--date", "date_column", metavar="HEADER", help="The column of the date.")
@click.option("--amount", metavar="HEADER", help="The column of the amount.")
@click.option(
    "--order",
    metavar="HEADER",
    help="The column of the order's number, where an order has several rows.",
)
@click.option(
    "--date-format",
    metavar="FORMAT",
    help="How dates are written, such as %d.%m.%Y; default: 2026-11-23, with or without a time.",
)
@json_option
def rfm(  # noqa: PLR0913, PLR0917  one parameter for each option
    transactions: Path,
    customers: Path,
    as_of: datetime,
    since: datetime | None,
    customer: str | None,
    date_column: str | None,
    amount: str | None,
    order: str | None,
    date_format: str | None,
    as_json: bool,
) -> None:
    """Make customers for the spec rfm from a CSV file of transactions.

    For each customer: days since the last purchase, number of orders, and total amount. A refund
    (a negative amount) lowers the total and is no order. Rows that cannot be read are left out and
    counted.
    """
    from training.data import rfm as builder

    if since is not None and since > as_of:
        raise click.BadParameter("is after --as-of", param_hint="--since")
    if date_format is not None and not builder.is_date_format(date_format):
        raise click.BadParameter(
            f'got "{date_format}", expected one such as %d.%m.%Y', param_hint="--date-format"
        )
    columns = builder.Columns(
        customer=(customer,) if customer else builder.CUSTOMER,
        date=(date_column,) if date_column else builder.DATE,
        amount=(amount,) if amount else builder.AMOUNT,
        order=order,
        date_format=date_format,
    )
    period = builder.Period(as_of.date(), since.date() if since else None)
    with transactions.open("rb") as file:
        table, built = builder.build(file, str(transactions), period, columns)
    target = customers.with_name(f".{customers.name}.part")
    try:
        with target.open("wb") as out:
            builder.write(table, out)
        target.replace(customers)
    finally:
        target.unlink(missing_ok=True)
    if as_json:
        print_json({"path": str(customers), **asdict(built)})
        return
    note(
        f"{counted(built.customers, 'customer')} in {customers}, from "
        f"{built.used:,} of {counted(built.read, 'row')} ({counted(built.refunds, 'refund')})"
    )
    for reason, dropped in built.dropped.items():
        rows = counted(dropped.rows, "row")
        note(f"  {rows} left out: {reason}, first in row {dropped.first_row:,}")
    if built.without_purchase:
        note(f"  {counted(built.without_purchase, 'customer')} left out: refunds only")
    if built.refunded:
        note(f"  {counted(built.refunded, 'customer')} got back more than they paid: total 0")
