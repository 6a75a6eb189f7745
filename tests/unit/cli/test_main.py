"""The command as a whole: quick, explained, and one line for everything that goes wrong."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
)

from cli import main as cli
from cli.main import COMMANDS, one_line
from segmentation.errors import RegistryError, TransientError
from segmentation.store import FolderStore
from segmentation_aws.errors import translated
from tests.support.cli import segment
from tests.support.models import MALL_CUSTOMER, mall_model, registry_of


def test_help_names_every_sub_command() -> None:
    text = segment("--help").out

    for name, sentence in COMMANDS.items():
        assert f"  {name} " in text
        assert sentence in text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_sentence_in_the_list_is_the_first_of_the_commands_own_help(name: str) -> None:
    command = getattr(import_module(f"cli.commands.{name}"), name)

    assert command.get_short_help_str(200) == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_sub_command_has_help(name: str) -> None:
    outcome = segment(name, "--help")

    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: segment {name}")


def test_an_unknown_sub_command_is_wrong_usage() -> None:
    outcome = segment("fitt")

    assert outcome.code == 2
    assert "No such command 'fitt'" in outcome.err


@pytest.mark.parametrize(
    ("argv", "absent"),
    [
        (["--help"], ["rich", "boto3", "numpy", "pyarrow", "sklearn"]),
        (["predict", "--registry", "REGISTRY"], ["boto3", "numpy", "pyarrow", "sklearn", "pandas"]),
        (["models", "list", "--json", "--registry", "REGISTRY"], ["rich", "boto3", "sklearn"]),
        (["sample", "3", "OUT.csv"], ["boto3", "sklearn"]),
        (["fit", "--help"], ["boto3", "numpy", "pyarrow", "sklearn"]),
    ],
)
def test_a_sub_command_loads_no_more_than_it_needs(
    tmp_path: Path, argv: list[str], absent: list[str]
) -> None:
    registry_of(mall_model(), store=FolderStore(tmp_path / "registry"))
    places = {"REGISTRY": str(tmp_path / "registry"), "OUT.csv": str(tmp_path / "out.csv")}
    script = (
        "import sys\n"
        "from cli.main import main\n"
        "try:\n"
        "    main(sys.argv[1:-1])\n"
        "finally:\n"
        "    print([name for name in sys.argv.pop().split() if name in sys.modules],"
        " file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *(places.get(one, one) for one in argv), " ".join(absent)],
        input=json.dumps(MALL_CUSTOMER),
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stderr.splitlines()[-1] == "[]"


def boto_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (RegistryError("what\n  and where"), "what and where"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a.csv"), "a.csv: No such file"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (NoCredentialsError(), "Unable to locate credentials"),
        (ProfileNotFound(profile="x"), "The config profile (x) could not be found"),
        (
            EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
            'Could not connect to the endpoint URL: "http://127.0.0.1:1/"',
        ),
        (
            ModuleNotFoundError("No module named 'streamlit'", name="streamlit"),
            "streamlit is not installed, expected customer-segmentation[console]",
        ),
    ],
)
def test_what_goes_wrong_is_one_line(error: Exception, line: str) -> None:
    assert one_line(error) == line


@pytest.mark.parametrize(
    ("error", "said"), [(NoCredentialsError(), "credentials"), (boto_error("SlowDown"), "SlowDown")]
)
def test_what_aws_said_stands_in_the_line(error: Exception, said: str) -> None:
    with pytest.raises(TransientError) as caught, translated("get s3://models/a"):
        raise error

    line = one_line(caught.value)
    assert line is not None
    assert "get s3://models/a" in line
    assert said in line


@pytest.mark.parametrize("mistake", [ValueError("x"), ModuleNotFoundError("x", name="traning")])
def test_a_mistake_of_the_program_keeps_its_traceback(mistake: Exception) -> None:
    assert one_line(mistake) is None


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> click.Command:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.Commands, "get_command", interrupted)

    assert segment("fit", "a.csv").refusal == "interrupted"


def test_a_reader_that_goes_away_is_one_line(tmp_path: Path) -> None:
    # As `segment … | head -0`: the pipe is closed before anything is written to it.
    script = (
        "import os, sys\n"
        "reading, writing = os.pipe()\n"
        "os.close(reading)\n"
        "os.dup2(writing, 1)\n"
        "from cli.main import main\n"
        "main(['models', 'list', '--json', '--registry', sys.argv[1]])\n"
    )
    (tmp_path / "registry").mkdir()

    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "registry")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr == "Error: nobody reads the output any more\n"
