"""The process that plays AWS: a moto server on loopback. Started by :mod:`aws_server`.

moto keeps everything in module-level state of the process it runs in, which any ``mock_aws`` of a
test in the same process would reset. In a process of its own it is out of reach, shares no
interpreter lock with the poller and the HTTP API, and ends by itself when its parent is gone.
"""

from __future__ import annotations

import logging
import sys
import time

# Loads every CloudFormation model now, while the parent translates the template, and not in the
# first request.
import moto.cloudformation.parsing
import moto.sqs.models
import moto.stepfunctions.models
from moto.core.config import default_user_config
from moto.s3.models import FakeKey
from moto.server import ThreadedMotoServer
from moto.stepfunctions.parser.models import stepfunctions_parser_backends


def main() -> None:
    """Serve on the port given as the first argument (0: any) until standard input closes.

    Prints the port on standard output as soon as it answers there.
    """
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # no line for each request
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    # CloudFormation makes them where those are that do not run.
    moto.stepfunctions.models.stepfunctions_backends = stepfunctions_parser_backends  # type: ignore[assignment]
    FakeKey.__deepcopy__ = _itself  # type: ignore[attr-defined]
    moto.sqs.models.unix_time_millis = _milliseconds  # type: ignore[attr-defined,assignment]
    server = ThreadedMotoServer("127.0.0.1", int(sys.argv[1]), verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    sys.stdin.read()


def _itself(key: FakeKey, memo: object) -> FakeKey:
    """Keep moto from copying the bytes of every object, onto disk, whenever it lists versions.

    The poller asks for the version of each upload, so that beside one of 1 GB each small file would
    write 1 GB.
    """
    return key


def _milliseconds() -> float:
    """Tell the time as moto does, without its calendar arithmetic.

    With each request moto's queue asks several times for each message whether it is visible by now.
    """
    return time.time() * 1000


if __name__ == "__main__":
    main()
