"""Start and stop the process that plays AWS."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from infra.local.errors import StartError
from infra.local.loopback import HOST, listen
from infra.local.session import local_session

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"  # the account that moto plays
START_SECONDS = 60.0


class AwsServer:
    """A moto server in a process of its own, with clients for it.

    Parameters
    ----------
    port : int
        The port on 127.0.0.1; 0 for any free one.
    log : Path
        Where the process's own output goes.
    calls_port : int, optional
        The port of 127.0.0.1 to which state machines send all their calls; by default they cannot
        make any.

    Attributes
    ----------
    session : boto3.Session
        For clients of it.
    """

    def __init__(self, port: int, log: Path, calls_port: int = 0) -> None:
        listen(port).close()  # a port that is taken is refused here and in one line
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.moto_process", str(port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_moto_environment(calls_port),
                # Ctrl-C in a terminal goes to every process of the group; the parent alone decides
                # when this one ends, so that work under way can finish.
                start_new_session=True,
            )
        self._port: int | None = None
        self.session = local_session(REGION)

    def wait_until_ready(self) -> None:
        """Wait until the server answers.

        Raises
        ------
        StartError
            It ended or did not answer in time.
        """
        too_slow = threading.Timer(START_SECONDS, self._process.kill)
        too_slow.daemon = True
        too_slow.start()
        line = cast("IO[bytes]", self._process.stdout).readline()
        too_slow.cancel()
        if not line:
            self.stop()
            raise StartError(f"the moto server did not start; its output is in {self._log}")
        self._port = int(line)

    @property
    def endpoint_url(self) -> str:
        """The address of every AWS service, for ``--endpoint-url`` and ``AWS_ENDPOINT_URL``."""
        return f"http://{HOST}:{self._port}"

    def stop(self) -> None:
        """End the process; everything that it held is gone."""
        with self._process:  # which closes its pipes
            self._process.kill()


def _moto_environment(calls_port: int) -> dict[str, str]:
    """The user's environment without AWS settings.

    Buckets are named in paths only: moto would take the first part of ``host.docker.internal``, by
    which containers reach it, for a bucket's name.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**own, "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true", "MOTO_PORT": str(calls_port)}
