"""The files under ``.local`` that point other programs at the running stack.

``env.sh`` is for a shell: after ``source .local/env.sh`` the commands ``segment`` and ``aws`` are
this project's, and reach the local stack and nothing else. (Version 1 of the AWS CLI ignores
``AWS_ENDPOINT_URL`` for SQS alone: there it needs ``--endpoint-url $AWS_ENDPOINT_URL``.)

``env.json`` is for containers: ``sam local invoke --env-vars .local/env.json``. Inside a container
127.0.0.1 is the container, so the endpoint there is ``host.docker.internal``, the name under which
Docker Desktop shows this machine's loopback. Docker Engine on Linux shows no loopback, and the
stack listens nowhere else: there forward the port from the address of Docker's own bridge, for as
long as it is needed, and name that address::

    socat TCP-LISTEN:8700,fork,bind=172.17.0.1 TCP:127.0.0.1:8700
    sam local invoke --add-host host.docker.internal:172.17.0.1 --env-vars .local/env.json ...
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

CONTAINER_HOST = "host.docker.internal"
ENDPOINT = "AWS_ENDPOINT_URL"


def write_shell_file(path: Path, variables: Mapping[str, str]) -> None:
    """Write ``export`` lines, and unset what would lead the AWS SDK and CLI elsewhere."""
    lines = ["# The local stack. Use with: source .local/env.sh"]
    lines += ["unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_SQS"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines += [f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"']
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_shell_file(path: Path) -> dict[str, str]:
    """Read the variables of `write_shell_file` back; empty where there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    exports = [
        shlex.split(line.removeprefix("export "))[0] for line in lines if line.startswith("export ")
    ]
    variables = dict(one.split("=", 1) for one in exports)
    variables.pop("PATH", None)  # a shell's to work out
    return variables


def write_container_file(path: Path, functions: Mapping[str, Mapping[str, str]]) -> None:
    """Write every function's variables by its logical id, as seen from a container."""
    content = {
        logical_id: {
            name: _seen_from_container(value) if name == ENDPOINT else value
            for name, value in variables.items()
        }
        for logical_id, variables in functions.items()
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _seen_from_container(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{CONTAINER_HOST}:{parts.port}").geturl()
