"""The local stack as one thing to start and stop."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.config import Config

from infra.local.aws_server import REGION, AwsServer
from infra.local.deployment import Deployment, deploy
from infra.local.environment import ENDPOINT, write_container_file, write_shell_file
from infra.local.event_source import read_event_sources
from infra.local.function import LocalFunction
from infra.local.function_settings import read_function_settings
from infra.local.gateway import Gateway, OnRequest
from infra.local.invocations import Invocations
from infra.local.leftovers import apply_bucket_settings, apply_queue_policies
from infra.local.loopback import HOST
from infra.local.poller import Delivery, QueuePoller
from infra.local.routes import read_routes
from infra.local.session import CREDENTIALS
from infra.local.template import Template, read_template

# The repository, or the wheel's folder in site-packages, where nothing may be written.
PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_FOLDER = (PROJECT if (PROJECT / "pyproject.toml").is_file() else Path.cwd()) / ".local"
STACK_NAME = "segmentation"
NO_PROXIES = Config(proxies={})  # not even those of the user's environment
# How long Ctrl-C waits for the upload under way before it stops the function.
STOP_SECONDS = 5.0


class LocalStack:
    """The system of ``template.yaml`` on this machine, in place of AWS.

    Parameters
    ----------
    port : int, optional
        The AWS endpoint's port on 127.0.0.1; the HTTP API is on the next one. 0, the default, takes
        any two free ports.
    template : Path, optional
    parameters : mapping, optional
        Values for the template's parameters in place of its defaults.
    folder : Path, optional
        Where ``env.sh``, ``env.json`` and the logs go; made if need be.
    on_delivery, on_request : callable, optional
        Told what became of each message of the queue, and of each HTTP request. Called from the
        stack's own threads.

    Raises
    ------
    LocalStackError
        On entering: a port is taken, the template is wrong, or a function does not start.

    Examples
    --------
    ::

        with LocalStack() as stack:
            s3 = stack.client("s3")
            s3.upload_file("customers.csv", stack.uploads_bucket, "customers.csv")
            s3.get_waiter("object_exists").wait(
                Bucket=stack.results_bucket, Key="reports/customers.csv.json"
            )

    Everything that it holds is in memory and gone when it stops.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        template: Path = PROJECT / "template.yaml",
        parameters: Mapping[str, str] | None = None,
        folder: Path = DEFAULT_FOLDER,
        on_delivery: Callable[[Delivery], None] = lambda delivery: None,
        on_request: OnRequest = lambda request, response, seconds: None,
    ) -> None:
        self._port = port
        self._template_path = template
        self._parameters = dict(parameters or {})
        self.folder = folder
        self._on_delivery = on_delivery
        self._on_request = on_request
        self._stops = ExitStack()
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stops.close()
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stops.close()

    @property
    def endpoint_url(self) -> str:
        """The address of every AWS service."""
        return self._aws.endpoint_url

    @property
    def api_url(self) -> str:
        """The address of the HTTP API, without a slash at its end."""
        return self._gateway.url

    @property
    def uploads_bucket(self) -> str:
        """The bucket to drop files into."""
        return self._deployment.physical_id("UploadsBucket")

    @property
    def results_bucket(self) -> str:
        """The bucket where the three outputs of each upload appear."""
        return self._deployment.physical_id("ResultsBucket")

    @property
    def models_bucket(self) -> str:
        """The bucket of the registry."""
        return self._deployment.physical_id("ModelsBucket")

    @property
    def registry(self) -> str:
        """The registry's address, for ``--registry``."""
        return f"s3://{self.models_bucket}"

    @property
    def queue_url(self) -> str:
        """The queue that uploads wait in."""
        return self._deployment.physical_id("UploadQueue")

    @property
    def dead_letter_queue_url(self) -> str:
        """The queue of uploads that could not be scored."""
        return self._deployment.physical_id("UploadDeadLetterQueue")

    @property
    def rescore_state_machine(self) -> str:
        """The ARN of the state machine that scores uploads again."""
        return self._deployment.physical_id("RescoreStateMachine")

    @property
    def deployment(self) -> Deployment:
        """The created stack: the physical id and the resolved properties of every resource."""
        return self._deployment

    @property
    def functions(self) -> Mapping[str, LocalFunction]:
        """The functions by logical id, for a call without the queue or the HTTP API."""
        return self._functions

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables with which other programs reach this stack."""
        return {
            ENDPOINT: self.endpoint_url,
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "SEGMENT_REGISTRY": self.registry,
            "UPLOADS_BUCKET": self.uploads_bucket,
            "RESULTS_BUCKET": self.results_bucket,
            "QUEUE_URL": self.queue_url,
            "DLQ_URL": self.dead_letter_queue_url,
            "RESCORE_STATE_MACHINE": self.rescore_state_machine,
            "API_URL": self.api_url,
            # A proxy of the user's network cannot reach this machine's loopback.
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }

    @property
    def max_attempts(self) -> int:
        """How often an upload is tried before it goes to the dead-letter queue."""
        queue = self._deployment.properties_of("AWS::SQS::Queue")["UploadQueue"]
        return int(queue["RedrivePolicy"]["maxReceiveCount"])

    def client(self, service: str) -> Any:
        """A boto3 client of this stack, whatever the user's AWS settings are."""
        if service not in self._clients:
            session: Any = self._aws.session
            self._clients[service] = session.client(
                service, endpoint_url=self.endpoint_url, config=NO_PROXIES
            )
        return self._clients[service]

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The folder keeps itself out of the repository, wherever it is.
        (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
        # Both stop after the functions, so that no request is under way any more.
        self._gateway = Gateway(self._port + 1 if self._port else 0, self._on_request)
        self._stops.callback(self._gateway.stop)
        self._invocations = Invocations()
        self._stops.callback(self._invocations.stop)
        self._aws = AwsServer(self._port, self._log("aws"), self._invocations.port)
        self._stops.callback(self._aws.stop)
        # moto starts in its own process meanwhile.
        template = read_template(self._template_path, REGION, self._parameters)
        self._aws.wait_until_ready()
        self._invocations.endpoint_url = self.endpoint_url
        # Only now is the port known; no translation depends on it.
        parameters = {**template.parameters, "EndpointUrl": self.endpoint_url}
        self._deploy(replace(template, parameters=parameters))
        self._start_functions()
        self._start_gateway()
        self._start_pollers()
        self._write_environment()

    def _deploy(self, template: Template) -> None:
        self._deployment = deploy(template, STACK_NAME, self.client("cloudformation"))
        apply_queue_policies(self._deployment, self.client("sqs"))
        apply_bucket_settings(self._deployment, self.client("s3"))

    def _start_functions(self) -> None:
        temporary = Path(
            self._stops.enter_context(tempfile.TemporaryDirectory(prefix="segmentation-"))
        )
        self._functions: dict[str, LocalFunction] = {}
        for logical_id, settings in read_function_settings(self._deployment).items():
            (temporary / logical_id).mkdir()
            function = LocalFunction(settings, temporary / logical_id, self._log(logical_id))
            self._functions[logical_id] = function
            self._stops.callback(function.stop)
        for function in self._functions.values():
            function.wait_until_ready()
        self._invocations.functions = {
            function.settings.arn: function.invoke for function in self._functions.values()
        }

    def _start_gateway(self) -> None:
        (api_id,) = self._deployment.template.of_type("AWS::ApiGatewayV2::Api")
        invokes = self._invocations.functions
        routes = read_routes(self._deployment)
        self._gateway.start(api_id, {route: invokes[arn] for route, arn in routes.items()})

    def _start_pollers(self) -> None:
        functions = {function.settings.name: function for function in self._functions.values()}
        for source in read_event_sources(self._deployment):
            poller = QueuePoller(
                source,
                functions[source.function_name],
                self.client("sqs"),
                self.client("s3"),
                self._on_delivery,
            )
            self._stops.callback(poller.stop, STOP_SECONDS)
            poller.start()

    def _write_environment(self) -> None:
        shell, containers = self.folder / "env.sh", self.folder / "env.json"
        # They would point at nothing when the stack is gone.
        self._stops.callback(shell.unlink, missing_ok=True)
        self._stops.callback(containers.unlink, missing_ok=True)
        write_shell_file(shell, self.environment)
        write_container_file(
            containers,
            {name: f.settings.variables for name, f in self._functions.items()},
        )

    def _log(self, name: str) -> Path:
        path = self.folder / f"{name}.log"
        path.unlink(missing_ok=True)  # of the last run
        return path
