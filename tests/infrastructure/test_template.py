"""template.yaml as a whole, and the two functions in it."""

from __future__ import annotations

import graphlib
import re
import tomllib

import pytest

from tests.support.deployment import (
    FUNCTIONS,
    MODELS,
    RESULTS,
    ROOT,
    SUFFIX,
    UPLOADS,
    Stack,
    listed,
    named,
    s3_address,
    walk,
)


def test_no_resource_depends_on_itself_by_any_way_round(stack: Stack) -> None:
    resources = stack.template.resources
    graph = {
        name: (named(resource.get("Properties", {})) | set(listed(resource.get("DependsOn", []))))
        & set(resources)
        for name, resource in resources.items()
    }

    order = list(graphlib.TopologicalSorter(graph).static_order())

    assert order.index("UploadQueuePolicy") < order.index("UploadsBucket")


def test_every_parameter_is_described_used_and_optional(stack: Stack) -> None:
    body = stack.template.body
    used = named([body["Resources"], body["Conditions"], body["Outputs"]])
    for name, parameter in body["Parameters"].items():
        assert parameter.get("Description", "").endswith("."), name
        assert "Default" in parameter, name
        assert name in used, f"{name} is used nowhere"
        if "AllowedPattern" in parameter:
            assert "ConstraintDescription" in parameter, name


def test_every_output_is_described(stack: Stack) -> None:
    for name, output in stack.template.body["Outputs"].items():
        assert output["Description"], name


def test_outputs_are_lines_to_paste(stack: Stack) -> None:
    outputs = stack.outputs

    assert outputs["UploadCommand"] == f"aws s3 cp customers.csv {s3_address(UPLOADS)}/"
    assert outputs["ReportCommand"].startswith(f"aws s3 cp {s3_address(RESULTS)}/reports/")
    assert s3_address(MODELS) in outputs["TrainCommand"]
    assert outputs["RegistryUri"] == s3_address(MODELS)
    assert outputs["ApiUrl"] == "https://Api.execute-api.eu-central-1.amazonaws.com"
    assert f"{outputs['ApiUrl']}/predictions" in outputs["PredictCommand"]


def test_every_finding_that_a_scanner_must_skip_has_its_reason_beside_it(stack: Stack) -> None:
    for name, resource in stack.template.resources.items():
        for skipped in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert len(skipped["comment"]) > 20, f"{name}: {skipped['id']}"


def test_deploy_settings_name_no_account_and_no_region() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))

    names = {name for name, _ in walk(settings)}

    assert names.isdisjoint({"profile", "region", "s3_bucket", "role_arn", "image_repository"})
    assert not re.search(r"\d{12}|arn:aws", str(settings))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_a_function_runs_and_is_built_for_the_chosen_architecture(
    function: str, architecture: str
) -> None:
    stack = Stack(Architecture=architecture)

    metadata = stack.resources[function]["Metadata"]

    assert stack[function]["Architectures"] == [architecture]
    assert metadata["BuildMethod"] == "makefile"
    recipes = (ROOT / metadata["ContextPath"] / "Makefile").read_text(encoding="utf-8")
    assert f"ARCHITECTURE := {architecture}\n" in recipes


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_built_for_the_runtime_that_it_gets(stack: Stack, function: str) -> None:
    recipes = (ROOT / "functions" / "Makefile").read_text(encoding="utf-8")
    (version,) = re.findall(r"^PYTHON_VERSION \?= (\S+)$", recipes, re.MULTILINE)

    assert stack[function]["Runtime"] == f"python{version}" == "python3.13"
    assert re.search(rf"^build-{function}:$", recipes, re.MULTILINE)


def test_functions_get_the_settings_that_they_read(stack: Stack) -> None:
    both = {
        "SEGMENT_REGISTRY": s3_address(MODELS),
        "MODEL_TTL_SECONDS": "60",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "Segmentation/segmentation",
    }

    assert stack["PredictFunction"]["Environment"]["Variables"] == both | {
        "POWERTOOLS_SERVICE_NAME": "predict"
    }
    assert stack["ScoreFunction"]["Environment"]["Variables"] == both | {
        "POWERTOOLS_SERVICE_NAME": "score",
        "RESULTS_BUCKET": f"segmentation-results-{SUFFIX}",
        "QUEUE_URL": "UploadQueue",
    }


def test_an_emulator_takes_the_place_of_aws_where_its_address_is_given() -> None:
    stack = Stack(EndpointUrl="http://127.0.0.1:4566")

    for function in FUNCTIONS:
        variables = stack[function]["Environment"]["Variables"]
        assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("function", "log_group"),
    [("ScoreFunction", "ScoreLogGroup"), ("PredictFunction", "PredictLogGroup")],
)
def test_a_function_logs_json_to_a_group_of_its_own(
    stack: Stack, function: str, log_group: str
) -> None:
    assert stack[function]["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": log_group,
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "INFO",
    }


def test_no_log_is_kept_for_ever() -> None:
    groups = Stack(LogRetentionDays="90").of_type("AWS::Logs::LogGroup")

    assert set(groups) == {f"{name}LogGroup" for name in ("Score", "Predict", "Api", "Rescore")}
    assert {group["RetentionInDays"] for group in groups.values()} == {"90"}


def test_predict_gives_up_before_the_gateway_does(stack: Stack) -> None:
    assert stack["PredictFunction"]["Timeout"] < 30
