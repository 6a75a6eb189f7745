"""``segment console``: the page that marketing opens, over the local stack or one in AWS."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from cli.addresses import API, REGISTRY, RESULTS, UPLOADS, place_option, stack_option
from cli.options import json_option
from cli.output import note, print_json
from cli.page_server import answers, page_server

DEFAULT_PORT = 8501
CUSTOMERS = 500
"""Generated customers that train the model of a stack that the console starts for itself."""

_PLACES = {"--api": API, "--uploads": UPLOADS, "--results": RESULTS, "--registry": REGISTRY}


@click.command()
@stack_option
@place_option("--api", API, required=False)
@place_option("--uploads", UPLOADS, required=False)
@place_option("--results", RESULTS, required=False)
@place_option("--registry", REGISTRY, required=False)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="The page's port on 127.0.0.1. 0: any free one.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--empty", is_flag=True, help="Train no model into a stack started for the console.")
@json_option
def console(
    api: str,
    uploads: str,
    results: str,
    registry: str,
    port: int,
    no_browser: bool,
    empty: bool,
    as_json: bool,
) -> None:
    """Open the console in the browser, until Ctrl-C.

    It shows the system that --stack names, or the addresses given. Without any, it shows the local
    stack: the one that `segment up` runs, else one of its own, with a model of generated customers.

    In AWS it acts with your own credentials: what they may not do, it cannot do.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise ModuleNotFoundError("No module named 'streamlit'", name="streamlit")
    given = dict(zip(_PLACES, (api, uploads, results, registry), strict=True))
    _stop_like_ctrl_c()
    with ExitStack() as running:
        environment = _given(given) if any(given.values()) else running.enter_context(_local(empty))
        server = running.enter_context(page_server(environment, port))
        addresses = {place.variable: environment[place.variable] for place in _PLACES.values()}
        if as_json:
            print_json({"url": server.url, **addresses})
            sys.stdout.flush()
        else:
            note(f"The console is at {server.url}. Ctrl-C stops it. It shows")
            for name, value in addresses.items():
                note(f"  {name} = {value}")
        if not (no_browser or as_json):
            click.launch(server.url)
        try:
            server.wait()
        except KeyboardInterrupt:
            note("Stopping")


def _given(given: Mapping[str, str]) -> dict[str, str]:
    """Give the environment for the system that was named.

    Raises
    ------
    click.UsageError
        One of its addresses is missing.
    """
    for option, address in given.items():
        if not address:
            raise _PLACES[option].unknown(option)
    return {**os.environ, **{_PLACES[option].variable: given[option] for option in given}}


@contextmanager
def _local(empty: bool) -> Iterator[dict[str, str]]:
    """Give the environment of the local stack: the one that runs, else a new one."""
    from infra.local import LocalStack, LocalStackError
    from infra.local.environment import read_shell_file
    from infra.local.stack import DEFAULT_FOLDER

    running = read_shell_file(DEFAULT_FOLDER / "env.sh")
    if running and answers(running[API.variable] + "/health"):
        yield _without_aws() | running
        return
    note("No local stack runs: starting one for the console.")
    try:
        with LocalStack(folder=DEFAULT_FOLDER / "console") as stack:
            environment = _without_aws() | stack.environment
            if not empty:
                train_on_generated(environment)
            yield environment
    except LocalStackError as exc:
        raise click.ClickException(str(exc)) from exc


def _without_aws() -> dict[str, str]:
    """Give the environment without any AWS setting of the user's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def train_on_generated(environment: Mapping[str, str]) -> None:
    """Let a model of generated customers serve.

    Raises
    ------
    click.ClickException
        A command failed.
    """
    note(f"Training a model on {CUSTOMERS} generated customers.")
    with tempfile.TemporaryDirectory() as folder:
        customers = str(Path(folder) / "customers.csv")
        for command in (
            ["sample", str(CUSTOMERS), customers],
            ["fit", customers, "--promote", "--json"],
        ):
            done = subprocess.run(
                [str(Path(sys.executable).parent / "segment"), *command],
                env=dict(environment),
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                (*_, reason) = ["no reason given", *done.stderr.splitlines()]
                raise click.ClickException(f"segment {command[0]}: {reason}")


def _stop_like_ctrl_c() -> None:
    """Let SIGTERM and a closed terminal end the command in the same orderly way."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
