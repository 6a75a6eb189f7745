"""What the tests of the console share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from playwright.sync_api import Browser, Page, Playwright, expect

from segmentation.model import Model
from tests.support.models import mall_model

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60_000.0
"""Milliseconds that a page may take on a busy machine."""

PAGES = {"/": "One customer", "/file": "A file", "/models": "Segments and models"}

expect.set_options(timeout=PATIENCE)


def browser_path() -> str | None:
    """Where this machine's Chromium is."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    # Chromium's own sandbox does not work for root; the pages are ours.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=browser_path(), args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def better_model() -> Model:
    """The model of `mall_model` with other advice, so that its answers can be told apart."""
    model = mall_model()
    segments = tuple(replace(one, advice=f"Newer: {one.advice}") for one in model.segments)
    return replace(model, segments=segments, metrics=replace(model.metrics, silhouette=0.375))


def open_page(tab: Page, path: str) -> None:
    """Go to a page and wait for its heading."""
    tab.goto(path)
    expect(tab.get_by_role("heading", name=PAGES[path], level=1)).to_be_visible()
