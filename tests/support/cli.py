"""Calling the ``segment`` command in a test, as a shell would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout; anything else there is an error."""
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The one line with which the call failed."""
        lines = self.err.splitlines()
        assert self.code == 1, f"exit code {self.code}: {self.err}"
        assert self.out == ""
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("Error: ")


def segment(*args: object, stdin: str | bytes | None = None) -> Outcome:
    """Call ``segment``; a mistake of the program itself is raised."""
    result = CliRunner().invoke(
        main, [str(one) for one in args], input=stdin, catch_exceptions=False, prog_name="segment"
    )
    return Outcome(result.exit_code, result.stdout, result.stderr)
