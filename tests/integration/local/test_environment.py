"""The files that point other programs at the stack."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from infra.local import LocalStack
from infra.local.environment import write_shell_file


def test_sourcing_env_sh_points_the_shell_at_the_stack(stack: LocalStack) -> None:
    names = ["AWS_ENDPOINT_URL", "SEGMENT_REGISTRY", "UPLOADS_BUCKET", "RESULTS_BUCKET", "API_URL"]
    script = f"source {stack.folder}/env.sh; " + "; ".join(f'echo "${name}"' for name in names)

    printed = subprocess.run(
        ["bash", "-c", script + '; echo "$AWS_PROFILE"; command -v segment'],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "the user's"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.splitlines() == [
        stack.endpoint_url,
        f"s3://{stack.models_bucket}",
        stack.uploads_bucket,
        stack.results_bucket,
        stack.api_url,
        "",
        str(Path(sys.executable).with_name("segment")),
    ]


def test_env_json_has_each_functions_variables_as_a_container_sees_them(stack: LocalStack) -> None:
    content = json.loads((stack.folder / "env.json").read_text(encoding="utf-8"))

    port = stack.endpoint_url.rsplit(":", 1)[-1]
    for logical_id, function in stack.functions.items():
        expected = dict(function.settings.variables)
        expected["AWS_ENDPOINT_URL"] = f"http://host.docker.internal:{port}"
        assert content[logical_id] == expected
    assert set(content) == {"ScoreFunction", "PredictFunction"}


def test_buckets_are_found_under_the_address_that_containers_use(stack: LocalStack) -> None:
    address = urlsplit(stack.endpoint_url)
    host = f"host.docker.internal:{address.port}"
    with closing(http.client.HTTPConnection(str(address.hostname), address.port)) as connection:
        connection.request("PUT", f"/{stack.results_bucket}/by-host.txt", b"x", {"Host": host})
        assert connection.getresponse().status == 200

    head = stack.client("s3").head_object(Bucket=stack.results_bucket, Key="by-host.txt")
    assert head["ContentLength"] == 1


def test_values_are_quoted_for_the_shell(tmp_path: Path) -> None:
    write_shell_file(tmp_path / "env.sh", {"A": "it's $HOME"})

    printed = subprocess.run(
        ["bash", "-c", f'source {tmp_path}/env.sh; echo "$A"'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed == "it's $HOME\n"


def test_the_folder_keeps_itself_out_of_the_repository(stack: LocalStack) -> None:
    assert (stack.folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
