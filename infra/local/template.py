"""Read ``template.yaml`` and translate it with SAM's own translator.

The same library turns a SAM template into CloudFormation inside AWS, so the resources, names, roles
and routes of the local stack are those of a deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.local.errors import TemplateError
from infra.local.session import local_session

# SAM's translator takes code from S3 only. The folder is kept as the key of this bucket that never
# exists, so that it can be read again from each translated function.
CODE_BUCKET = "local-code"

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A translated template.

    Attributes
    ----------
    path : Path
        The SAM template it was read from; code folders are relative to the folder it is in.
    body : dict
        The CloudFormation template.
    parameters : dict
        A value for every parameter: the given one, else the template's default.
    """

    path: Path
    body: JsonObject
    parameters: dict[str, str]

    @property
    def resources(self) -> dict[str, JsonObject]:
        """Every resource by its logical id."""
        resources: dict[str, JsonObject] = self.body["Resources"]
        return resources

    def of_type(self, *resource_types: str) -> dict[str, JsonObject]:
        """The resources of the given types by their logical ids."""
        return {name: r for name, r in self.resources.items() if r["Type"] in resource_types}

    def code_folder(self, function_properties: JsonObject) -> Path:
        """The folder that a translated function's ``CodeUri`` named."""
        return (self.path.parent / str(function_properties["Code"]["S3Key"])).resolve()

    def definition(self, state_machine_properties: JsonObject) -> str:
        """The file that a translated state machine's ``DefinitionUri`` named.

        Raises
        ------
        TemplateError
            It cannot be read.
        """
        path = self.path.parent / str(state_machine_properties["DefinitionS3Location"]["Key"])
        try:
            return path.read_text(encoding="utf-8")
        except OSError as exc:
            raise TemplateError(f"{path}: cannot read the definition: {exc.strerror}") from exc


def read_template(path: Path, region: str, parameters: dict[str, str] | None = None) -> Template:
    """Read a SAM template and translate it to CloudFormation.

    Parameters
    ----------
    path : Path
        The template.
    region : str
        The AWS region to translate for.
    parameters : dict, optional
        Values for the template's parameters; the others keep their defaults.

    Raises
    ------
    TemplateError
        The file cannot be read, is no template, or SAM's translator refuses it.
    """
    sam = _load(path)
    values = _parameter_values(sam, parameters or {})
    _keep_code_folders(sam)
    return Template(path, _translated(sam, path, region, values), values)


def _translated(sam: JsonObject, path: Path, region: str, values: dict[str, str]) -> JsonObject:
    # Imported here: it takes a while, in which moto can start.
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    translator = Translator(
        # Names such as AWSXRayDaemonWriteAccess become ARNs by the list that the library brings:
        # no call to AWS.
        get_bundled_managed_policy_map("aws") or {},
        Parser(),
        boto_session=local_session(region),
    )
    try:
        body: JsonObject = translator.translate(sam, dict(values))
    except InvalidDocumentException as exc:
        causes = "; ".join(str(cause.message) for cause in exc.causes)
        raise TemplateError(f"{path}: SAM cannot translate it: {causes}") from exc
    return body


def _load(path: Path) -> JsonObject:
    from samtranslator.yaml_helper import yaml_parse

    try:
        sam = yaml_parse(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise TemplateError(f"{path}: cannot read the template: {exc.strerror}") from exc
    except (UnicodeDecodeError, yaml.YAMLError) as exc:
        raise TemplateError(f"{path}: not YAML: {' '.join(str(exc).split())}") from exc
    if not isinstance(sam, dict) or not isinstance(sam.get("Resources"), dict):
        raise TemplateError(f"{path}: not a SAM template: it has no Resources")
    return sam


def _parameter_values(sam: JsonObject, given: dict[str, str]) -> dict[str, str]:
    declared: JsonObject = sam.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
    values = {
        name: given.get(name, parameter.get("Default")) for name, parameter in declared.items()
    }
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise TemplateError(f"these parameters have no default and no value: {', '.join(missing)}")
    return {name: str(value) for name, value in values.items()}


def _keep_code_folders(sam: JsonObject) -> None:
    """Write local folders and files as the S3 addresses that SAM's translator insists on."""
    places = [sam.get("Globals", {}).get("Function", {})]
    places += [
        resource.setdefault("Properties", {})
        for resource in sam["Resources"].values()
        if resource.get("Type") in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
    ]
    for properties in places:
        for name in ("CodeUri", "DefinitionUri"):
            if isinstance(properties.get(name), str):
                properties[name] = f"s3://{CODE_BUCKET}/{properties[name]}"
