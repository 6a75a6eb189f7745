"""What the system costs in a month, for three sizes of user: ``python -m benchmarks.cost.monthly``.

By formula, from list prices (`benchmarks.cost.prices`) and rates. Measured ones name their command;
the others are guesses on the safe side, for want of an account to measure in.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.cost import prices

ROWS_PER_SECOND = 1.3e6
"""Customers scored by one processor: 10 million in 7.7 s (``make bench ARGS="engine --k 6"``)."""
SCORE_MB, PREDICT_MB = 1769, 1024
"""The template's defaults; the first is one processor."""
UPLOAD_SECONDS = 0.5
"""What a file takes beside its rows: a dozen round trips to S3, and now and then a start."""
REQUEST_SECONDS = 0.013
"""5 ms for an answer, and a start of 0.8 s for one in a hundred."""

CSV_BYTES, PARQUET_BYTES = 60, 35
"""Of a customer with two columns beside the features, as in the benchmarks."""
PART_BYTES = 8 << 20
"""The score function reads and writes in such parts."""
READS, WRITES = 12, 5
"""Requests to S3 for a file of one part: the looks before and after, the upload, three outputs."""
MESSAGES, POLLS = 3, 5 * 3 * 60 * 24 * 30
"""Requests to SQS: for a file; and in a month five pollers that wait 20 seconds each time."""
UPLOAD_LOG_BYTES, REQUEST_LOG_BYTES = 4_000, 1_500
"""Log lines, metrics and Lambda's own lines among them."""
METRICS, ALARMS, DASHBOARDS = 22, 8, 1
"""What the template watches, with four features."""
KEPT_MONTHS = 12
"""Files stay until somebody deletes them: the bill after a year."""

GB = 1e9


@dataclass(frozen=True, slots=True)
class User:
    """What somebody does in a month.

    Parameters
    ----------
    name
        Who.
    uploads, rows
        Files, and customers in each.
    requests
        To the API.
    """

    name: str
    uploads: int
    rows: int
    requests: int


USERS = (
    User("a shop", 30, 5_000, 20_000),
    User("a retailer", 3_000, 50_000, 3_000_000),
    User("a platform", 100_000, 100_000, 100_000_000),
)


def s3_requests(rows: int, *, writes: int = WRITES) -> float:
    """The dollars of one file's requests to S3."""
    read, written = (rows * size // PART_BYTES for size in (CSV_BYTES, PARQUET_BYTES))
    return (READS + read) * prices.S3_READ + (writes + written) * prices.S3_WRITE


def monthly(user: User, architecture: str = "arm64") -> dict[str, float]:
    """The dollars of a month by what they are paid for.

    Examples
    --------
    >>> round(monthly(User("nobody", 0, 0, 0))["metrics, alarms, dashboard"], 2)
    10.4
    """
    customers = user.uploads * user.rows
    score_seconds = user.uploads * UPLOAD_SECONDS + customers / ROWS_PER_SECOND
    request_seconds = user.requests * REQUEST_SECONDS
    return {
        "scoring": prices.compute(SCORE_MB, score_seconds, architecture)
        + user.uploads * prices.LAMBDA_REQUEST,
        "S3 and SQS": user.uploads * s3_requests(user.rows)
        + (user.uploads * MESSAGES + POLLS) * prices.SQS_REQUEST,
        "storage, after a year": KEPT_MONTHS
        * customers
        * (CSV_BYTES + PARQUET_BYTES)
        / GB
        * prices.S3_GB_MONTH,
        "API": prices.compute(PREDICT_MB, request_seconds, architecture)
        + user.requests * (prices.HTTP_API_REQUEST + prices.LAMBDA_REQUEST),
        "logs": (user.uploads * UPLOAD_LOG_BYTES + user.requests * REQUEST_LOG_BYTES)
        / GB
        * (prices.LOGS_GB + prices.LOGS_GB_MONTH),
        "metrics, alarms, dashboard": METRICS * prices.METRIC_MONTH
        + ALARMS * prices.ALARM_METRIC_MONTH
        + DASHBOARDS * prices.DASHBOARD_MONTH,
    }


def table(users: tuple[User, ...] = USERS) -> str:
    """The table for the README."""
    bills = [monthly(user) for user in users]
    lines = [
        ["dollars a month", *(user.name for user in users)],
        ["---", *(["---:"] * len(users))],
        ["files a month", *(f"{user.uploads:,}" for user in users)],
        ["customers in each", *(f"{user.rows:,}" for user in users)],
        ["requests to the API", *(f"{user.requests:,}" for user in users)],
        *([what, *(f"{bill[what]:,.2f}" for bill in bills)] for what in bills[0]),
        ["**together**", *(f"**{sum(bill.values()):,.2f}**" for bill in bills)],
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(table())
