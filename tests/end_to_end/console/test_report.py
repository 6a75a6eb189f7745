"""The training report in a real browser: light and dark, wide and on a phone, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.support.customers import read, sample_file
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.job import train
from training.report import html_report
from training.report.pictures import draw

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    data = read(sample_file(folder / "customers.csv", 300))
    model = train(data, Options(starts=Starts.exactly(5), references=3, bootstraps=3))
    report = folder / "report.html"
    report.write_text(html_report(model, draw(model, data)), encoding="utf-8")
    return report


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(
    browser: Browser, page: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, offline=True
    )
    tab = context.new_page()
    told: list[str] = []
    tab.on("console", lambda message: told.append(message.text))
    tab.goto(page.as_uri())

    assert (
        Axe().run(tab, options={"runOnly": {"type": "tag", "values": TAGS}}).response["violations"]
        == []
    )
    assert tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    assert told == []  # nothing that the page's own policy had to block
    context.close()


def test_paper_is_white_even_for_who_reads_in_the_dark(browser: Browser, page: Path) -> None:
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.emulate_media(media="print", color_scheme="dark")

    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not tab.get_by_role("navigation").is_visible()
    assert tab.pdf(format="A4").startswith(b"%PDF")
    context.close()
