"""Templates that are wrong are refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.errors import TemplateError
from infra.local.template import read_template

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Size: {Type: Number, Default: 256}
  Name: {Type: String}
Globals:
  Function: {CodeUri: code/}
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.13, MemorySize: !Ref Size}
  Two:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.13, CodeUri: ./other}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_functions_code_folder_is_its_own_or_the_global_one(tmp_path: Path) -> None:
    template = read_template(written(tmp_path, FUNCTION), "us-east-1", {"Name": "x"})

    functions = template.of_type("AWS::Lambda::Function")
    folders = {name: template.code_folder(f["Properties"]) for name, f in functions.items()}
    assert folders == {"One": tmp_path / "code", "Two": tmp_path / "other"}


def test_parameters_have_their_default_or_the_given_value(tmp_path: Path) -> None:
    template = read_template(written(tmp_path, FUNCTION), "us-east-1", {"Name": "x"})

    assert template.parameters == {"Size": "256", "Name": "x"}


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        (None, {}, "cannot read the template: No such file"),
        ("a: [", {}, "not YAML"),
        ("a: 1", {}, "it has no Resources"),
        (FUNCTION, {}, "no default and no value: Name"),
        (FUNCTION, {"Name": "x", "Nobody": "y"}, "no parameter Nobody"),
        (FUNCTION.replace("Handler: app.handler, ", ""), {"Name": "x"}, "SAM cannot translate it"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, text: str | None, parameters: dict[str, str], message: str
) -> None:
    path = tmp_path / "template.yaml" if text is None else written(tmp_path, text)

    with pytest.raises(TemplateError, match=message):
        read_template(path, "us-east-1", parameters)
