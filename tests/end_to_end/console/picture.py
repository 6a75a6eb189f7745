"""Takes the README's picture of the console, with generated customers: `make console-picture`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from cli.commands.console import train_on_generated
from cli.page_server import page_server
from infra.local import LocalStack
from tests.end_to_end.console.helpers import chromium, open_page

PICTURE = Path(__file__).parents[3] / "docs" / "console.png"
CUSTOMER = {"Age": 24, "Annual Income (k$)": 22, "Spending Score (1-100)": 78}


def main() -> None:
    """Ask for one customer and take the picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalStack(folder=Path(folder)) as stack,
        sync_playwright() as playwright,
    ):
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = own | stack.environment
        train_on_generated(environment)
        with page_server(environment, 0) as server, chromium(playwright) as browser:
            tab = browser.new_page(base_url=server.url, viewport={"width": 1280, "height": 1290})
            open_page(tab, "/")
            tab.get_by_text("Type the numbers", exact=True).click()
            for title, value in CUSTOMER.items():
                field = tab.get_by_role("spinbutton", name=title)
                field.fill(str(value))
                field.press("Tab")
            tab.get_by_role("button", name="Find the segment").click()
            expect(tab.get_by_text("Answered by model")).to_be_visible()
            expect(tab.get_by_text("Dots are the centres")).to_be_visible()
            expect(tab.locator("[data-stale=true]")).to_have_count(0)
            tab.wait_for_timeout(2000)  # pictures fade in
            PICTURE.parent.mkdir(exist_ok=True)
            tab.screenshot(path=PICTURE)
    print(PICTURE)


if __name__ == "__main__":
    main()
