"""The console over the local stack; `make test-console` prepares what it needs and runs these."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cli.page_server import PageServer, page_server
from infra.local import LocalStack
from segmentation.registry import Registry
from segmentation_aws.store import S3Store
from tests.end_to_end.console.helpers import (
    BROWSERS,
    PATIENCE,
    better_model,
    browser_path,
    chromium,
)
from tests.support.models import mall_model


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The system, which notices a new champion within a second."""
    folder = tmp_path_factory.mktemp("stack")
    with LocalStack(folder=folder, parameters={"ModelTtlSeconds": "1"}) as stack:
        yield stack


@pytest.fixture(scope="session")
def registry(stack: LocalStack) -> Registry:
    """Two versions, of which the first serves."""
    registry = Registry(S3Store(stack.client("s3"), stack.models_bucket))
    for model in (mall_model(), better_model()):
        registry.publish(model)
    registry.promote("v1", by="tests", why="the first")
    return registry


@pytest.fixture(scope="session")
def environment(stack: LocalStack, registry: Registry) -> Mapping[str, str]:
    """The environment of a console over the stack."""
    return stack.environment


@pytest.fixture
def console(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """For pages that run in this process."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture(scope="session")
def server(environment: Mapping[str, str]) -> Iterator[PageServer]:
    """The console as people have it."""
    with page_server({**os.environ, **environment}, 0) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    if browser_path() is None:
        pytest.skip(f"no {', '.join(BROWSERS)} here: Debian has it as `apt-get install chromium`")
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser, server: PageServer) -> Iterator[Page]:
    """A new tab on the console, which may ask nobody but the console for anything."""
    asked: list[str] = []
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    yield tab
    context.close()
    own = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """Five customers of whom two can be scored; two cells would make a browser fetch something."""
    path = tmp_path / "november.csv"
    path.write_text(
        "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)\n"
        "0001,Female,30,80,75\n"
        "0002,Male,-1,80,75\n"
        "0003,Female,![x](http://127.0.0.1:9/x.png),80,75\n"
        "0004,<img src=//127.0.0.1:9/y.png>,30,80,75\n"
        "0005,Male,45,60,35\n",
        encoding="utf-8",
    )
    return path
