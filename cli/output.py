"""Printing for people and for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 120


def print_json(document: object) -> None:
    """Print the one JSON object of ``--json``."""
    click.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2))


def console() -> Console:
    """Give the console for tables: as wide as the terminal, plain where there is none."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False, markup=False, emoji=False)


def note(text: str) -> None:
    """Tell people something beside the result."""
    click.echo(text, err=True)


def counted(number: int, noun: str) -> str:
    """Say how many.

    Examples
    --------
    >>> counted(1, "message"), counted(1200, "message")
    ('1 message', '1,200 messages')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def printable(text: str) -> str:
    r"""Show what others named so that it does nothing to a terminal and stays on its line.

    Examples
    --------
    >>> printable("Größe 1.csv"), printable("a\x1b[2Jb\n")
    ('Größe 1.csv', 'a\\x1b[2Jb\\n')
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


@contextmanager
def steps() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show on a terminal which step of long work is under way; elsewhere nothing.

    Yields
    ------
    tell
        Takes what is done now, how much is done and how much there is, None while nobody knows.
    """
    if not sys.stderr.isatty():
        yield lambda _doing, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda doing, done, total: bar.update(
            task, description=doing, completed=done, total=total
        )


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show on a terminal how much is done; elsewhere nothing.

    Yields
    ------
    tell
        Takes how much is done and how much there is, None while nobody knows.
    """
    with steps() as tell:
        tell(doing, 0, None)
        yield lambda done, total: tell(doing, done, total)
