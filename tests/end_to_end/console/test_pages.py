"""The pages without a browser (Streamlit's AppTest), over the whole system."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console.api import Api
from infra.local import LocalStack
from infra.processes import free_ports
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.end_to_end.console.helpers import better_model
from tests.support.customers import mall_file, with_mall_file
from tests.support.models import mall_model, shopper_model

CONSOLE = Path(__file__).parents[3] / "console" / "app.py"
SECONDS = 120.0


def page(name: str = "customer") -> AppTest:
    """Open a page; nothing on it may have failed unforeseen."""
    opened = AppTest.from_file(CONSOLE, default_timeout=SECONDS).run()
    if name != "customer":
        opened.switch_page(f"views/{name}.py").run()
    assert not opened.exception
    return opened


def texts(page: AppTest) -> str:
    """All that is said on a page."""
    kinds = ("subheader", "markdown", "success", "info", "warning", "error")
    return "\n".join(str(one.value) for kind in kinds for one in getattr(page, kind))


def separate_registry(stack: LocalStack, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of a test's own; the API goes on with the stack's."""
    monkeypatch.setenv("SEGMENT_REGISTRY", f"{stack.registry}/{prefix}")
    return Registry(S3Store(stack.client("s3"), stack.models_bucket, f"{prefix}/"))


def test_a_customer_gets_the_answer_of_the_api(console: Mapping[str, str]) -> None:
    opened = page()
    opened.toggle[0].set_value(True).run()
    for field, value in zip(opened.number_input, (30, 80, 75), strict=True):
        field.set_value(value)

    opened.button[0].click().run()

    assert [one.value for one in opened.subheader] == ["High Income \\- High Spending"]
    assert "Premium offerings\\, loyalty programs\\, exclusive access" in texts(opened)
    assert "Answered by model v1" in texts(opened)


def test_a_wrong_value_is_told_beside_its_field(console: Mapping[str, str]) -> None:
    opened = page()
    opened.toggle[0].set_value(True).run()
    opened.number_input[0].set_value(-1)

    opened.button[0].click().run()

    assert "1 of the fields cannot be used" in texts(opened)
    assert '**Age**: \\"\\-1\\" is out of bounds\\, expected 0 to 120' in texts(opened)
    assert not opened.subheader


def test_a_customer_far_from_all_is_called_unlike(console: Mapping[str, str]) -> None:
    opened = page()
    opened.toggle[0].set_value(True).run()
    opened.number_input[1].set_value(5000)

    opened.button[0].click().run()

    assert "unlike those that trained the model" in texts(opened)
    assert "5000 is unusual\\, typical is 10 to 150" in texts(opened)


@pytest.mark.parametrize("name", ["customer", "models"])
def test_an_api_that_is_down_is_told_with_another_try(
    name: str, console: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("API_URL", f"http://127.0.0.1:{port}")

    opened = page(name)

    assert "prediction service does not work just now" in texts(opened)
    assert "Try again" in [one.label for one in opened.button]


def test_without_settings_the_user_is_told_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("API_URL", "UPLOADS_BUCKET", "RESULTS_BUCKET", "SEGMENT_REGISTRY"):
        monkeypatch.delenv(variable, raising=False)

    assert "segment console" in texts(page())


def test_without_a_model_every_page_says_how_to_get_one(
    stack: LocalStack, console: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    separate_registry(stack, "empty", monkeypatch)

    told = texts(page("models"))

    assert "No model serves yet" in told
    assert "No model was trained yet" in told


def test_what_the_gate_refuses_cannot_be_chosen(
    stack: LocalStack, console: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = separate_registry(stack, "gate", monkeypatch)
    registry.publish(mall_model())
    registry.publish(shopper_model())
    registry.promote("v1", by="tests", why="")

    opened = page("models")

    assert "v2 cannot serve" in texts(opened)
    (button,) = [one for one in opened.button if one.label.startswith("Let v2 serve")]
    assert button.disabled


def test_without_permission_nothing_can_be_chosen(
    console: Mapping[str, str], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.champion.may_move_champion", lambda *_: False)

    opened = page("models")

    assert "credentials do not allow you to choose" in texts(opened)
    assert not [one for one in opened.button if one.label.startswith("Let v")]


def test_names_that_others_wrote_are_shown_and_not_obeyed(
    stack: LocalStack, console: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = separate_registry(stack, "hostile", monkeypatch)
    registry.publish(mall_model())
    registry.publish(better_model())
    registry.promote("v1", by="![x](http://example.com/x.png)", why="<b>$a$ :red[b]")

    opened = page("models")

    told = " ".join(one.proto.body for one in opened.get("html"))
    assert "<td>![x](http://example.com/x.png)</td>" in told  # HTML is no Markdown
    assert "<td>&lt;b&gt;$a$ :red[b]</td>" in told


@with_mall_file
def test_the_original_inputs_give_the_three_original_segments(
    stack: LocalStack, console: Mapping[str, str], registry: Registry
) -> None:
    """`segment fit Mall --k 3 --starts 1 --seed 42`; each customer is near a published centroid."""
    recipe = ["--k", "3", "--starts", "1", "--seed", "42", "--fresh-ids", "--json"]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "segment"), "fit", str(mall_file()), *recipe],
        capture_output=True,
        check=True,
    )
    version = json.loads(done.stdout)["version"]
    published = {
        ("Female", 44, 60, 35): "Low Income - Low Spending",
        ("Male", 33, 89, 79): "High Income - High Spending",
        ("Female", 26, 30, 69): "Young Low Income - High Spending",
    }
    registry.promote(version, by="tests", why="the original recipe")
    try:
        wait_for(stack, version)
        for (gender, *numbers), name in published.items():
            opened = page()
            opened.toggle[0].set_value(True).run()
            opened.radio[0].set_value(gender)
            for field, value in zip(opened.number_input, numbers, strict=True):
                field.set_value(value)
            opened.button[0].click().run()
            assert [one.value.replace("\\", "") for one in opened.subheader] == [name]
    finally:
        registry.rollback(by="tests", why="as it was")
        wait_for(stack, "v1")


def wait_for(stack: LocalStack, version: str) -> None:
    """Wait until the API answers with a version."""
    deadline = time.monotonic() + SECONDS
    while Api(stack.api_url, signs=False).version() != version:
        assert time.monotonic() < deadline, f"the API does not answer with {version}"
        time.sleep(0.2)
