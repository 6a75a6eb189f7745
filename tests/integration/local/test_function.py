"""A function's process: its environment, its context, its limits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.errors import EventTooLargeError, FunctionError, FunctionTimeoutError, StartError
from infra.local.execution_environment import ExecutionEnvironment
from infra.local.function import LocalFunction
from infra.local.function_settings import FunctionSettings
from tests.integration.local.playground import Playground

Make = Callable[..., LocalFunction]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[LocalFunction] = []

    def function(code: str, timeout: int = 10, **variables: str) -> LocalFunction:
        folder = tmp_path / "code"
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text(code, encoding="utf-8")
        settings = FunctionSettings(
            logical_id="Some",
            name="stack-Some",
            arn="arn:aws:lambda:us-east-1:123456789012:function:stack-Some",
            handler="app.handler",
            code_folder=folder,
            timeout_seconds=timeout,
            memory_mb=256,
            variables=variables,
            log_group="/aws/lambda/some",
        )
        made.append(LocalFunction(settings, tmp_path, tmp_path / "log"))
        return made[-1]

    yield function
    for one in made:
        one.stop()


def test_the_process_sees_the_templates_variables_and_none_of_the_users(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "SEGMENT_REGISTRY", "HTTPS_PROXY", "PYTHONSTARTUP", "SECRET"):
        monkeypatch.setenv(name, "the user's")
    function = make("import os\ndef handler(event, context): return dict(os.environ)", OWN="1")

    seen = function.invoke({})

    assert "the user's" not in seen.values()
    assert seen["OWN"] == "1"
    assert seen["AWS_REGION"] == "us-east-1"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "stack-Some"
    assert seen["AWS_CONFIG_FILE"] == seen["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_the_two_functions_of_the_template_see_different_variables(playground: Playground) -> None:
    playground.drop("environment.csv")
    score = playground.kept("environment.csv")["environment"]

    assert score["POWERTOOLS_SERVICE_NAME"] == "score"
    assert score["RESULTS_BUCKET"] == playground.stack.results_bucket
    assert "RESULTS_BUCKET" not in playground.stack.functions["PredictFunction"].settings.variables


def test_the_context_is_lambdas(playground: Playground) -> None:
    playground.drop("context.csv")
    kept = playground.kept("context.csv")
    settings = playground.stack.functions["ScoreFunction"].settings

    assert kept["context"] == {
        "function_name": settings.name,
        "memory_limit_in_mb": "1769",
        "invoked_function_arn": settings.arn,
        "aws_request_id": kept["context"]["aws_request_id"],
        "log_group_name": "/aws/lambda/segmentation-score",
    }
    assert 50_000 < kept["remaining_ms"] <= 60_000  # the template's timeout


def test_an_exception_is_reported_by_type_and_message_and_traced_in_the_log(make: Make) -> None:
    function = make("def handler(event, context): raise KeyError('lost')")

    with pytest.raises(FunctionError, match=r"^KeyError: 'lost'$"):
        function.invoke({})
    assert "Traceback" in function.log.read_text(encoding="utf-8")


def test_a_result_that_is_not_json_is_the_functions_error(make: Make) -> None:
    function = make("def handler(event, context): return {1, 2}")

    with pytest.raises(FunctionError, match="TypeError"):
        function.invoke({})


def test_prints_go_to_the_log_and_not_into_the_answer(make: Make) -> None:
    function = make("def handler(event, context):\n    print('hello')\n    return event")

    assert function.invoke({"a": "ü"}) == {"a": "ü"}
    assert function.log.read_text(encoding="utf-8") == "hello\n"


def test_a_function_that_takes_too_long_is_ended_and_then_runs_again(make: Make) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return 'done'"
    function = make(code, timeout=1)
    function.wait_until_ready()
    started = time.monotonic()

    with pytest.raises(FunctionTimeoutError, match=r"Task timed out after 1\.00 seconds"):
        function.invoke(60)
    assert time.monotonic() - started < 5
    assert function.invoke(0) == "done"


def test_the_remaining_time_is_the_templates_timeout_and_runs_down(make: Make) -> None:
    function = make(
        "import time\n"
        "def handler(event, context):\n"
        "    first = context.get_remaining_time_in_millis()\n"
        "    time.sleep(0.2)\n"
        "    return [first, context.get_remaining_time_in_millis()]",
        timeout=7,
    )

    first, second = function.invoke({})

    assert 6_000 < first <= 7_000
    assert 150 <= first - second <= 2_000


def test_a_warm_start_keeps_the_process_and_an_edit_makes_a_new_one(make: Make) -> None:
    code = "import os\ndef handler(event, context): return [os.getpid(), 'old']"
    function = make(code)
    function.wait_until_ready()
    first, second = function.invoke({}), function.invoke({})

    source = function.settings.code_folder / "app.py"
    source.write_text(code.replace("old", "new"), encoding="utf-8")
    os.utime(source, (2_000_000_000, 2_000_000_000))
    third = function.invoke({})

    assert first == second
    assert third[0] != first[0]
    assert third[1] == "new"


def test_a_handler_that_cannot_be_imported_is_named_with_the_reason(make: Make) -> None:
    function = make("import nothing_of_that_name\ndef handler(event, context): ...")

    with pytest.raises(
        StartError, match=r"Some: app\.handler in .* does not start: ModuleNotFoundError: No module"
    ):
        function.wait_until_ready()


def test_events_and_results_are_limited_to_6_mb(make: Make) -> None:
    function = make("def handler(event, context): return 'x' * int(event['size'])")
    function.wait_until_ready()

    with pytest.raises(EventTooLargeError):
        function.invoke({"size": 1, "fill": "x" * 6 * 1024 * 1024})
    with pytest.raises(FunctionError, match=r"Function\.ResponseSizeTooLarge"):
        function.invoke({"size": 6 * 1024 * 1024})
    assert function.invoke({"size": 3}) == "xxx"


def test_a_stopped_function_takes_no_event(make: Make) -> None:
    function = make("def handler(event, context): return 1")
    function.wait_until_ready()
    function.stop()

    with pytest.raises(FunctionError, match="stopping"):
        function.invoke({})


def test_a_stop_in_the_middle_of_a_start_leaves_no_process(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = make("def handler(event, context): return 1")
    function.wait_until_ready()
    started: list[ExecutionEnvironment] = []

    def start_and_be_stopped(*arguments: Any) -> ExecutionEnvironment:
        function.stop()
        started.append(ExecutionEnvironment(*arguments))
        return started[-1]

    monkeypatch.setattr("infra.local.function.ExecutionEnvironment", start_and_be_stopped)
    monkeypatch.setattr("infra.local.function._last_change", lambda folder: 0.0)  # an edit

    with pytest.raises(FunctionError, match="stopping"):
        function.invoke({})
    assert [one.is_alive for one in started] == [False]
