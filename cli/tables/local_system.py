"""What ``segment up`` prints for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from werkzeug.wrappers import Request, Response

from cli.outcomes import Outcome
from cli.output import printable
from infra.local.stack import LocalStack
from segmentation.report import SegmentShare, Status

_COLOURS = {Status.SCORED: "green", Status.PARTLY_SCORED: "yellow", Status.REFUSED: "red"}
_SEGMENTS_SHOWN = 3


def show_ready(console: Console, stack: LocalStack, seconds: float) -> None:
    """Print the addresses and the lines to paste."""
    table = Table.grid(padding=(0, 2))
    rows = {
        "HTTP API": stack.api_url,
        "AWS endpoint": f"{stack.endpoint_url}  (S3, SQS, ...)",
        "Drop files into": f"s3://{stack.uploads_bucket}/",
        "Results appear in": f"s3://{stack.results_bucket}/",
        "Models are in": stack.registry,
        "Logs": f"{_short(stack.folder)}/*.log",
    }
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/]", escape(value))
    console.print(f"[bold green]The local stack is up[/] after {seconds:.1f} s. Ctrl-C stops it.\n")
    console.print(table, soft_wrap=True)
    console.print("\nPaste into another terminal:\n")
    for line in _lines_to_paste(stack):
        console.print(f"  {escape(line)}", style="cyan", soft_wrap=True, highlight=False)
    console.print(
        "\nIt lives in memory: models and files are gone when it stops. "
        "The API asks for no signature here; in AWS it does.\n"
    )


def show_outcome(console: Console, outcome: Outcome, max_attempts: int) -> None:
    """Print what became of one try at an upload."""
    text = _failure(outcome, max_attempts) if outcome.error else _result(outcome)
    console.print(
        f"[dim]{datetime.now():%H:%M:%S}[/]  [bold]{escape(printable(outcome.key))}[/]  {text}",
        soft_wrap=True,
        highlight=False,
    )


def show_request(console: Console, request: Request, response: Response, seconds: float) -> None:
    """Print one line for an HTTP request."""
    console.print(
        f"[dim]{datetime.now():%H:%M:%S}  {escape(printable(f'{request.method} {request.path}'))}  "
        f"{response.status_code}  {seconds * 1000:.0f} ms[/]",
        soft_wrap=True,
        highlight=False,
    )


def _lines_to_paste(stack: LocalStack) -> list[str]:
    return [
        f"source {_short(stack.folder)}/env.sh",
        "segment sample 200 customers.csv",
        "segment fit customers.csv --promote",
        "aws s3 cp customers.csv s3://$UPLOADS_BUCKET/",
        "aws s3 cp s3://$RESULTS_BUCKET/reports/customers.csv.json -",
        "curl $API_URL/segments",
    ]


def _short(path: Path) -> Path:
    """The path from here, when it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _failure(outcome: Outcome, max_attempts: int) -> str:
    error = escape(outcome.error or "")
    if outcome.attempt >= max_attempts:
        return f"[red]failed {outcome.attempt} times, goes to the dead-letter queue[/]  {error}"
    return f"[red]try {outcome.attempt} of {max_attempts} failed, will be tried again[/]  {error}"


def _result(outcome: Outcome) -> str:
    report = outcome.report
    if report is None:
        return "[dim]no report that can be read[/]"
    parts = [f"[{_COLOURS[report.status]}]{report.status.replace('_', ' ')}[/]"]
    if refusal := report.refusal:
        # Its message names headers, and a file without any has a customer in their place.
        named = f"{refusal.code}, see {printable(f'reports/{outcome.key}.json')}"
        parts.append(escape(named))
    else:
        rows = report.rows
        parts.append(f"{rows.read:,} rows: {rows.scored:,} scored, {rows.rejected:,} rejected")
        parts += [escape(_segments(report.segments)), f"{report.seconds:.2f} s"]
    return "  ".join(part for part in parts if part)


def _segments(segments: Iterable[SegmentShare]) -> str:
    by_count = sorted(segments, key=lambda segment: -segment.count)
    shown = [f"{one.name} {one.share:.0%}" for one in by_count if one.count]
    more = len(shown) - _SEGMENTS_SHOWN
    return ", ".join(shown[:_SEGMENTS_SHOWN]) + (f" and {more} more" if more > 0 else "")
