"""The ``segment`` command: finds a sub-command, and says in one line what went wrong in it.

Sub-commands are imported when they are called, so that ``segment --help`` answers at once and
``segment predict`` never loads scikit-learn.
"""

from __future__ import annotations

import importlib
import os
import sys
from importlib.metadata import version

import click

from cli.output import printable
from segmentation.errors import SegmentationError, TransientError

COMMANDS = {
    "sample": "Write realistic generated customers to a CSV file.",
    "spec": "Say what a customer is: write a first spec from a file, check one.",
    "rfm": "Make customers for the spec rfm from a CSV file of transactions.",
    "fit": "Train a model on customers and publish it.",
    "models": "Work the registry: list, compare, promote, roll back, name.",
    "score": "Score a CSV file of customers.",
    "predict": "Answer for one customer, read as JSON from stdin.",
    "up": "Run the system of template.yaml on this machine until Ctrl-C.",
    "console": "Open the console in the browser, until Ctrl-C.",
    "rescore": "Have uploads scored again, beside those that are dropped.",
    "drift": "Show how far customers have moved from those of the training.",
    "dlq": "Show why uploads wait in the dead-letter queue, and send them back.",
    "forget": "Remove an upload and its outputs for good, in all versions.",
}
"""Every sub-command with its first sentence: a function of that name, in a module of that name."""

EXTRAS = {"altair": "console", "streamlit": "console"}
"""Libraries that are not always installed, and the group of dependencies that brings them."""


class Commands(click.Group):
    """Imports a sub-command only when it is called, and turns what it refuses into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names, in the order of a user's first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a sub-command."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"cli.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the sub-commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> None:
        """Run a sub-command; what it refuses is one line on stderr and exit code 1.

        Raises
        ------
        click.ClickException
            With that line.
        """
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as exc:
            # Python flushes stdout once more when it ends: into nothing, then.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.ClickException("nobody reads the output any more") from exc
        except KeyboardInterrupt as exc:
            raise click.ClickException("interrupted") from exc
        except Exception as exc:
            line = one_line(exc)
            if line is None:
                raise
            raise click.ClickException(line) from exc


def one_line(error: Exception) -> str | None:
    """Say what went wrong, or None where it is a mistake of this program."""
    text: str | None = None
    if isinstance(error, TransientError) and _is_botocores(error.__cause__):
        text = f"{error}: {error.__cause__}"
    elif isinstance(error, SegmentationError) or _is_botocores(error):
        text = str(error)
    elif isinstance(error, OSError):
        text = ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    elif isinstance(error, ModuleNotFoundError) and error.name in EXTRAS:
        group = EXTRAS[error.name]
        text = f"{error.name} is not installed, expected customer-segmentation[{group}]"
    return None if text is None else printable(" ".join(text.split()))


def _is_botocores(error: BaseException | None) -> bool:
    # By name, so that commands that never talk to AWS need not import botocore.
    return type(error).__module__.startswith("botocore.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("customer-segmentation"), prog_name="segment")
def main() -> None:
    """Segment customers: train a model offline, score files, answer for one customer.

    Every sub-command explains itself with --help and gives one JSON object with --json. Exit
    codes: 0 done, 1 failed or refused (the reason is on stderr), 2 wrong usage.
    """
