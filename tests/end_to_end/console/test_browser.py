"""The console in a real browser, over the whole system: API, buckets, queue and both functions.

The customer Female, 30, 80, 75 and its segment are worked out in `tests.support.models`.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from cli.page_server import PageServer, page_server
from infra.processes import free_ports
from segmentation.registry import Registry
from tests.end_to_end.console.helpers import PAGES, PATIENCE, open_page
from tests.support.models import shipped_spec

TITLES = {feature.name: feature.names.title for feature in shipped_spec().features}


def fill(tab: Page, **values: float | str) -> None:
    """Type a customer into the form of the first page."""
    tab.get_by_text("Type the numbers", exact=True).click()
    for name, value in values.items():
        if isinstance(value, str):
            tab.get_by_text(value, exact=True).click()
        else:
            field = tab.get_by_role("spinbutton", name=TITLES[name])
            field.fill(str(value))
            field.press("Tab")


def ask(tab: Page) -> None:
    tab.get_by_role("button", name="Find the segment").click()


def test_a_customer_gets_a_segment_with_advice_and_reasons(tab: Page, registry: Registry) -> None:
    open_page(tab, "/")

    fill(tab, gender="Female", age=30, annual_income=80, spending_score=75)
    ask(tab)

    expect(tab.get_by_role("heading", name="High Income - High Spending", level=3)).to_be_visible()
    expect(tab.get_by_text("Premium offerings, loyalty programs, exclusive access")).to_be_visible()
    expect(tab.get_by_text("Answered by model v1")).to_be_visible()
    # sqrt(134.25) = 11.59 and sqrt(2225.25) = 47.17: the second is four times as far away
    expect(tab.get_by_text("Clear: the next one, Low Income - Low Spending")).to_be_visible()
    picture = tab.get_by_label("This customer is at")
    expect(picture.first).to_be_visible()


def test_wrong_values_are_told_beside_their_fields(tab: Page) -> None:
    open_page(tab, "/")

    fill(tab, age=-1, spending_score=101)
    income = tab.get_by_role("spinbutton", name=TITLES["annual_income"])
    income.clear()
    income.press("Tab")
    ask(tab)

    alert = tab.get_by_role("alert").filter(has_text="3 of the fields cannot be used")
    expect(alert).to_be_visible()
    reasons = {"age": "0 to 120", "annual_income": "no value", "spending_score": "1 to 100"}
    for name, reason in reasons.items():
        title = TITLES[name]
        message = tab.get_by_text(f"{title}: ").filter(has_text=reason)
        expect(message).to_be_visible()
        field = tab.get_by_role("spinbutton", name=title).bounding_box()
        told = message.bounding_box()
        assert field is not None
        assert told is not None
        assert 0 < told["y"] - field["y"] < 120, "the message does not stand under its field"
    expect(tab.get_by_role("heading", name="High Income - High Spending")).to_have_count(0)


def test_a_file_with_bad_rows_is_scored_and_downloaded(tab: Page, upload: Path) -> None:
    open_page(tab, "/file")

    tab.locator("input[type=file]").set_input_files(upload)
    expect(tab.get_by_role("textbox", name="Name of the upload")).to_have_value("november.csv")
    tab.get_by_role("button", name="Score this file").click()

    expect(tab.get_by_text("Scored, with rejected rows").first).to_be_visible()
    for label, count in (("Rows read", "5"), ("Scored", "2"), ("Rejected", "3")):
        expect(tab.get_by_test_id("stMetric").filter(has_text=label)).to_contain_text(count)
    rejected = tab.get_by_role("table", name="Rejected rows with their reasons")
    expect(rejected.get_by_role("row")).to_have_count(4)
    expect(rejected).to_contain_text('age: "-1" is out of bounds')
    # A cell is shown as it stood, and not taken for an image: `tab` sees whatever is fetched.
    expect(rejected).to_contain_text("![x](http://127.0.0.1:9/x.png)")
    expect(rejected).to_contain_text("<img src=//127.0.0.1:9/y.png>")
    expect(rejected.locator("img, a")).to_have_count(0)

    labelled = pyarrow.parquet.read_table(download(tab, "Labelled rows as Parquet"))
    assert labelled.column("customer_id").to_pylist() == ["0001", "0005"]
    assert labelled.column("segment").to_pylist() == [1, 0]
    rows = read_csv(download(tab, "Labelled rows as CSV"))
    assert [(row["customer_id"], row["segment"]) for row in rows] == [("0001", "1"), ("0005", "0")]
    rejects = read_csv(download(tab, "Rejected rows as CSV"))
    assert [(row["_row"], row["_reason"], row["CustomerID"]) for row in rejects] == [
        ("3", "out_of_bounds", "0002"),
        ("4", "not_a_number", "0003"),
        ("5", "unknown_category", "0004"),
    ]


def test_an_earlier_upload_is_listed_and_not_replaced_unasked(tab: Page, upload: Path) -> None:
    renamed = upload.rename(upload.with_name("december.csv"))
    for expected in ("december.csv", "december (2).csv"):
        open_page(tab, "/file")
        tab.locator("input[type=file]").set_input_files(renamed)
        name = tab.get_by_role("textbox", name="Name of the upload")
        expect(name).to_have_value(expected)
        tab.get_by_role("button", name="Score this file").click()
        heading = tab.get_by_role("heading", name=f"Result of {expected}")
        expect(heading).to_be_visible()

    name.fill("december.csv")
    name.press("Tab")
    tab.get_by_role("button", name="Score this file").click()
    expect(tab.get_by_text("There is an upload named")).to_be_visible()

    open_page(tab, "/file")
    earlier = tab.get_by_role("table", name="The newest uploads with their results")
    expect(earlier.get_by_role("row").filter(has_text="december")).to_have_count(2)
    tab.get_by_role("button", name="Open its report").click()
    expect(tab.get_by_role("heading", name="Result of december (2).csv")).to_be_visible()


def test_a_promotion_changes_the_model_that_predicts(tab: Page, registry: Registry) -> None:
    open_page(tab, "/models")
    tab.get_by_role("tab", name="Choose what serves").click()
    tab.get_by_role("button", name="Let v2 serve").click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_contain_text("Let v2 serve instead of v1?")
    assert registry.champion_version() == "v1", "promoted before it was confirmed"
    dialog.get_by_role("textbox", name="Your name").fill("Ada")
    dialog.get_by_role("textbox", name="The reason").fill("newer advice")
    dialog.get_by_role("textbox", name="The reason").press("Tab")
    dialog.get_by_role("button", name="Yes, do it").click()

    try:
        expect(tab.get_by_text("v2 serves, and predictions use it")).to_be_visible()
        alias = registry.champion().alias
        assert alias is not None
        move = alias.history[-1]
        assert (move.version, move.by, move.why) == ("v2", "Ada", "newer advice")
        open_page(tab, "/")
        ask(tab)
        expect(tab.get_by_text("Answered by model v2")).to_be_visible()
        expect(tab.get_by_text("Advice: Newer:")).to_be_visible()

        open_page(tab, "/models")
        tab.get_by_role("tab", name="Choose what serves").click()
        tab.get_by_role("button", name="Go back to v1").click()
        tab.get_by_role("dialog").get_by_role("button", name="Yes, do it").click()
        expect(tab.get_by_text("v1 serves, and predictions use it")).to_be_visible()
        assert registry.champion_version() == "v1"
    finally:
        if registry.champion_version() != "v1":
            registry.rollback(by="tests", why="as it was")


def test_an_api_that_is_down_is_told_in_words(
    browser: Browser, environment: Mapping[str, str]
) -> None:
    (port,) = free_ports(1)
    down = {**os.environ, **environment, "API_URL": f"http://127.0.0.1:{port}"}
    with page_server(down, 0) as server:
        tab = browser.new_page(base_url=server.url)
        open_page(tab, "/")
        expect(tab.get_by_text("The prediction service does not work just now")).to_be_visible()
        expect(tab.get_by_role("button", name="Try again")).to_be_visible()
        open_page(tab, "/file")
        expect(tab.get_by_role("heading", name="Earlier uploads")).to_be_visible()
        open_page(tab, "/models")
        expect(tab.get_by_text("The prediction service does not work just now")).to_be_visible()
        tab.get_by_role("tab", name="Versions").click()
        expect(tab.get_by_role("table", name="All versions")).to_contain_text("v2")
        assert "Traceback" not in tab.content()
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_pages_have_labels_contrast_and_nothing_beside_the_screen(
    browser: Browser, server: PageServer, path: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    open_page(tab, path)
    for _ in states(tab, path):
        expect(tab.get_by_test_id("stStatusWidget")).to_have_count(0)
        assert barriers(tab) == {}
        beside = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert beside <= 0
    context.close()


def states(tab: Page, path: str) -> Iterator[None]:
    """Bring a page into everything that it can show, and wait until that is there."""
    match path:
        case "/":
            ask(tab)
            expect(tab.get_by_text("Answered by model")).to_be_visible()
            yield
            fill(tab, age=-1)
            ask(tab)
            told = tab.get_by_role("alert").filter(has_text="cannot be used")
            expect(told).to_be_visible()
            yield
        case "/file":
            expect(tab.get_by_role("heading", name="Earlier uploads")).to_be_visible()
            yield
        case "/models":
            shown = {
                "Segments": tab.get_by_role("table", name="Centre of each segment"),
                "Versions": tab.get_by_role("table", name="All versions"),
                "Compare two": tab.get_by_role("table", name="Segments of"),
                "Choose what serves": tab.get_by_role("button", name="Let v2 serve"),
            }
            for name, part in shown.items():
                tab.get_by_role("tab", name=name).click()
                expect(part).to_be_visible()
                yield


def barriers(tab: Page) -> dict[str, list[str]]:
    """What breaks the rules of WCAG 2.2 A and AA that a program can judge (axe-core)."""
    expect(tab.locator("[data-stale=true]")).to_have_count(0)  # faded while the page is made anew
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    found = Axe().run(tab, options={"runOnly": {"type": "tag", "values": tags}})
    return {
        one["id"]: [node["html"][:200] for node in one["nodes"]]
        for one in found.response["violations"]
    }


def download(tab: Page, label: str) -> io.BytesIO:
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=label).click()
    return io.BytesIO(waiting.value.path().read_bytes())


def read_csv(file: io.BytesIO) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))


def test_the_page_listens_on_this_machine_alone_and_reports_to_nobody(server: PageServer) -> None:
    port = int(server.url.rpartition(":")[2])
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].partition(":")[2], 16) == port
    ]
    assert listening == [f"0100007F:{port:04X}"]
