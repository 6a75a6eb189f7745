"""What Lambda would run a function with: read from the template, not from the user's shell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from infra.local.aws_server import ACCOUNT_ID, REGION
from infra.local.deployment import Deployment
from infra.local.session import CREDENTIALS
from infra.local.template import JsonObject

# What a process needs to run at all on this machine.
_FROM_THIS_MACHINE = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """A function's configuration.

    Attributes
    ----------
    logical_id, name, arn : str
        Its names in the template, in the stack and in AWS.
    handler : str
        ``module.function``.
    code_folder : Path
        The source root, first on the function's import path.
    timeout_seconds, memory_mb : int
    variables : dict
        The template's environment variables for it, and nothing else.
    """

    logical_id: str
    name: str
    arn: str
    handler: str
    code_folder: Path
    timeout_seconds: int
    memory_mb: int
    variables: dict[str, str]
    log_group: str

    def process_environment(self, temporary_folder: Path) -> dict[str, str]:
        """Every environment variable of the function's process.

        The template's variables, those that the Lambda runtime sets, made-up credentials and the
        few that this machine needs: what is set in the user's shell stays there.
        Source: AWS Lambda developer guide, "Defined runtime environment variables".
        """
        machine = {name: os.environ[name] for name in _FROM_THIS_MACHINE if name in os.environ}
        runtime = {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_REGION": REGION,
            "LAMBDA_TASK_ROOT": str(self.code_folder),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": self.handler,
        }
        here = {
            "PYTHONPATH": str(self.code_folder),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",  # as under Lambda's locale, whether or not this machine has it
            "TMPDIR": str(temporary_folder),  # Lambda's /tmp
            # The user's own AWS settings must not be found, nor a role of the machine asked for.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return {**machine, **runtime, **here, **self.variables}


def read_function_settings(deployment: Deployment) -> dict[str, FunctionSettings]:
    """The settings of every function of the stack, by logical id."""
    return {
        logical_id: _settings(deployment, logical_id, properties)
        for logical_id, properties in deployment.properties_of("AWS::Lambda::Function").items()
    }


def _settings(deployment: Deployment, logical_id: str, properties: JsonObject) -> FunctionSettings:
    name = deployment.physical_id(logical_id)
    variables: JsonObject = properties.get("Environment", {}).get("Variables", {})
    return FunctionSettings(
        logical_id=logical_id,
        name=name,
        arn=f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}",
        handler=properties["Handler"],
        code_folder=deployment.template.code_folder(properties),
        timeout_seconds=int(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        variables={key: str(value) for key, value in variables.items()},
        log_group=properties.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}"),
    )
