"""The system of ``template.yaml`` on this machine: ``segment up``, and a fixture for tests.

===================  ==========================================================================
stack.py             the whole: start, stop, names and addresses
template.py          template.yaml, translated by SAM's own translator
coverage.py          what becomes of each resource type here, and why some are missing
deployment.py        the stack in moto's CloudFormation; intrinsics.py works out references
leftovers.py         what moto's CloudFormation leaves out
aws_server.py        the process that plays AWS (moto_process.py)
function.py          a process for each function: execution_environment.py, runtime_process.py
poller.py            queue -> function, as event_source.py says; s3_events.py and sqs_events.py
                     make the event
gateway.py           HTTP -> function; routes.py and gateway_payload.py make the event
invocations.py       state machine -> function
loopback.py          the HTTP server of these two
environment.py       .local/env.sh and .local/env.json
===================  ==========================================================================

Everything listens on 127.0.0.1 only. Where moto is not S3: it checks no permissions, accepts wrong
checksums, and does not enforce If-Match when a multipart upload completes.
"""

from infra.local.errors import LocalStackError
from infra.local.stack import LocalStack

__all__ = ["LocalStack", "LocalStackError"]
