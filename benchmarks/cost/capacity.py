"""How time and cost grow with the number of files: ``make simulate``.

Files of one size arrive all at once; as many are scored at a time as there are slots, which open
as fast as AWS lets them. So a slot finishes a file every so many seconds, and the time in which all
slots together have finished all files is exact, without drawing a number. What limits it is found
by lifting one limit after the other. Rates and prices: `benchmarks.cost.monthly`,
`benchmarks.cost.prices`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import click

from benchmarks.cost import monthly as costs
from benchmarks.cost import prices

COLD_SECONDS = 1.3
"""A start of the score function (`make bench ARGS=cold`), once for each slot."""
SECOND_PROCESSOR = 0.24
"""What the second processor adds to the rate: 7.7 s become 6.2 (`make bench`)."""

POLLERS, POLLERS_A_SECOND, MOST_POLLERS = 5, 300 / 60, 1_000
"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
STARTS, STARTS_A_SECOND = 1_000, 100.0
"""https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"""
MOST_CHILDREN, TRANSITIONS, TRANSITIONS_A_SECOND = 10_000, 2, 800.0
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html. A child's own and that
of its only step; 5,000 a second in us-east-1, us-west-2 and eu-west-1."""
S3_READS_A_SECOND, S3_WRITES_A_SECOND = 5_500.0, 3_500.0
"""Of a prefix: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html"""
READS_OF_A_PREFIX, WRITES_OF_A_PREFIX = 3, 1
"""Of a file in the busiest place, the uploads: a look before and one after, and the reading."""
LONGEST_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast the score function is.

    Parameters
    ----------
    seconds_per_million
        For a million customers, on one processor.
    seconds_per_file
        Beside its rows.
    cold_seconds
        A start.
    memory_mb
        Of the function: it buys the processors.
    """

    seconds_per_million: float = 1e6 / costs.ROWS_PER_SECOND
    seconds_per_file: float = costs.UPLOAD_SECONDS
    cold_seconds: float = COLD_SECONDS
    memory_mb: int = prices.VCPU_MB

    def seconds(self, rows: int) -> float:
        """The time of one file.

        Examples
        --------
        >>> Rates(seconds_per_million=1, seconds_per_file=0.5).seconds(2_000_000)
        2.5
        """
        processors = self.memory_mb / prices.VCPU_MB
        speed = min(processors, 1.0) + SECOND_PROCESSOR * min(max(processors - 1.0, 0.0), 1.0)
        return self.seconds_per_file + self.seconds_per_million * rows / 1e6 / speed


@dataclass(frozen=True, slots=True)
class Limits:
    """How many files may be under way, how soon, and how many a second at all.

    Parameters
    ----------
    slots
        Files at a time.
    at_once, slots_a_second
        How many slots open at the beginning, and how fast the others follow.
    s3_files_a_second, steps_files_a_second
        What S3 and Step Functions let through.
    """

    slots: int
    at_once: float
    slots_a_second: float
    s3_files_a_second: float = min(
        S3_READS_A_SECOND / READS_OF_A_PREFIX, S3_WRITES_A_SECOND / WRITES_OF_A_PREFIX
    )
    steps_files_a_second: float = float("inf")

    @classmethod
    def of_the_queue(cls, concurrency: int) -> Limits:
        """New uploads, through SQS."""
        return cls(min(concurrency, MOST_POLLERS), POLLERS, POLLERS_A_SECOND)

    @classmethod
    def of_the_state_machine(cls, concurrency: int) -> Limits:
        """Scoring again, through Step Functions."""
        return cls(
            min(concurrency, MOST_CHILDREN),
            STARTS,
            STARTS_A_SECOND,
            steps_files_a_second=TRANSITIONS_A_SECOND / TRANSITIONS,
        )

    def lifted(self) -> Iterator[tuple[str, Limits]]:
        """The same without one limit, for each."""
        endless = float("inf")
        yield "slots", replace(self, slots=max(self.slots, 1_000_000))
        yield "scale-up", replace(self, at_once=endless)
        yield "S3", replace(self, s3_files_a_second=endless)
        yield "Step Functions", replace(self, steps_files_a_second=endless)


def duration(files: int, rows: int, rates: Rates, limits: Limits) -> float:
    """The seconds from the first file to the last report.

    Examples
    --------
    Two files in one slot, each half a second after a start of one:

    >>> one = Rates(seconds_per_million=0, seconds_per_file=0.5, cold_seconds=1)
    >>> round(duration(2, 0, one, Limits(slots=1, at_once=1, slots_a_second=1)), 3)
    2.0
    """
    each = rates.seconds(rows)
    paced = min(limits.s3_files_a_second, limits.steps_files_a_second)
    first = rates.cold_seconds + each
    slots = min(limits.slots, files)
    at_once = int(min(limits.at_once, slots))

    def finished(by: float) -> int:
        done = at_once * max(int((by - rates.cold_seconds) / each + 1e-9), 0)
        for number in range(1, slots - at_once + 1):
            left = by - rates.cold_seconds - number / limits.slots_a_second
            if left < each:
                break
            done += int(left / each + 1e-9)
        return done

    low, high = first, first + each * files
    while high - low > 1e-3 * each:
        middle = (low + high) / 2
        low, high = (low, middle) if finished(middle) >= files else (middle, high)
    return max(high, first + (files - 1) / paced)


def bottleneck(files: int, rows: int, rates: Rates, limits: Limits) -> str:
    """The limit without which it would be done soonest."""
    whole = duration(files, rows, rates, limits)
    name, without = min(
        ((name, duration(files, rows, rates, other)) for name, other in limits.lifted()),
        key=lambda one: one[1],
    )
    return name if without < 0.95 * whole else "one file"


def price(files: int, rows: int, rates: Rates, slots: int, *, again: bool) -> float:
    """The dollars of new uploads through the queue, or of scoring again.

    Parameters
    ----------
    files, rows
        How many, and customers in each.
    rates
        How fast.
    slots
        Starts of the function.
    again
        Through Step Functions, and without the user's own upload.
    """
    seconds = files * rates.seconds(rows) + min(slots, files) * rates.cold_seconds
    way = TRANSITIONS * prices.STANDARD_TRANSITION if again else costs.MESSAGES * prices.SQS_REQUEST
    each = (
        prices.LAMBDA_REQUEST
        + costs.s3_requests(rows, writes=costs.WRITES - again)
        + way
        + costs.UPLOAD_LOG_BYTES / costs.GB * prices.LOGS_GB
    )
    return prices.compute(rates.memory_mb, seconds) + files * each


CASES = (
    *((1, rows) for rows in (1_000, 1_000_000, 100_000_000, 1_000_000_000)),
    *((files, 1_000) for files in (100, 1_000, 10_000, 100_000)),
    *((100_000, 10_000), (10_000, 100_000), (1_000, 1_000_000), (100, 10_000_000)),
)
"""Files, and customers in each: one of any size, many small ones, a billion customers."""
CONCURRENCY = (10, 100, 1_000)
USUAL = Rates()


def table(rates: Rates, concurrency: tuple[int, ...] = CONCURRENCY, *, again: bool = False) -> str:
    """The table, in Markdown."""
    made = Limits.of_the_state_machine if again else Limits.of_the_queue
    head = ["files", "customers in each", "together"]
    head += [f"at {slots:,}" for slots in concurrency]
    head += [f"limited at {concurrency[-1]:,} by", "dollars"]
    lines = [head, ["---:"] * (len(head) - 2) + ["---", "---:"]]
    for files, rows in CASES:
        cells = [f"{files:,}", f"{rows:,}", f"{files * rows:,}"]
        if rates.seconds(rows) > LONGEST_SECONDS:
            lines.append([*cells, *["refused"] * len(concurrency), "900 s for a file", "–"])
            continue
        cells += [_time(duration(files, rows, rates, made(slots))) for slots in concurrency]
        cells.append(bottleneck(files, rows, rates, made(concurrency[-1])))
        cells.append(f"{price(files, rows, rates, concurrency[-1], again=again):,.2f}")
        lines.append(cells)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _time(seconds: float) -> str:
    """A duration for people.

    Examples
    --------
    >>> [_time(seconds) for seconds in (1.84, 90, 5400)]
    ['1.8 s', '1.5 min', '1.5 h']
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


@click.command()
@click.option("--seconds-per-million", default=USUAL.seconds_per_million, show_default=True)
@click.option("--seconds-per-file", default=USUAL.seconds_per_file, show_default=True)
@click.option("--cold-seconds", default=USUAL.cold_seconds, show_default=True)
@click.option("--memory-mb", default=USUAL.memory_mb, show_default=True)
@click.option("--concurrency", multiple=True, default=CONCURRENCY, show_default=True)
def main(concurrency: tuple[int, ...], **given: Any) -> None:
    """Print both tables, in Markdown."""
    rates = Rates(**given)
    click.echo(f"New uploads, all dropped at once\n\n{table(rates, concurrency)}")
    click.echo("Scored again (segment rescore)\n")
    click.echo(table(rates, concurrency, again=True), nl=False)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.cost.capacity")
