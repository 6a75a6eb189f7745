"""Run the demo: ``python -m cli.demo [DATA.csv]``."""

from __future__ import annotations

import json
import shutil
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from cli.demo.commands import Commands
from cli.demo.errors import DemoFailed, check
from cli.demo.results import Results
from cli.demo.upload import Upload, write_upload
from cli.demo.views import show_labelled, show_prediction, show_rejected, show_segments
from infra.local.stack import PROJECT
from segmentation.report import Report, Status
from segmentation.spec import Spec
from training.specs.files import DEFAULT, load_spec

FOLDER = PROJECT / "demo"
KEY = "new customers.csv"
REPORT_SECONDS = 120.0


class Demo:
    """The demo's steps, in order; each shows what happened, or fails.

    Parameters
    ----------
    console : Console
    data : Path or None
        The user's customers; None to generate some.
    folder : Path
        Where the files go.
    """

    def __init__(self, console: Console, data: Path | None, folder: Path) -> None:
        self._console = console
        self._data = data
        self._spec: Spec = load_spec(DEFAULT)
        self._folder = folder
        self._customers = folder / "customers.csv"
        self._commands = Commands(console, folder)
        self._stack: dict[str, Any] = {}

    def run(self) -> None:
        """Run every step.

        Raises
        ------
        DemoFailed
            One of them did not happen.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._data is not None:  # a file that will not do is told before anything starts
            write_upload(self._data, self._folder / KEY, self._spec)
        started = time.monotonic()
        self._step("Start the system of template.yaml on this machine")
        up = ("segment", "up", "--port", "0", "--folder", "stack", "--json")
        with self._commands.background(*up) as self._stack:
            self._commands.point_at(self._stack["environment"])
            self._console.print(
                f"S3 and SQS at {self._stack['endpoint_url']}, HTTP API at {self._stack['api_url']}"
            )
            self._train()
            upload = self._drop()
            results = Results(self._stack, KEY, self._folder)
            report = self._wait_for_report(results)
            first = self._show_results(results, report, upload)
            self._predict(first)
            self._step("Stop")
        self._console.print(
            f"\n[bold green]All of it happened[/], in {time.monotonic() - started:.0f} s. "
            f"The files are in {self._folder.name}/; model.html there shows the model to people."
        )

    def _train(self) -> None:
        self._step("Train a model and let it serve")
        if self._data is None:
            self._commands.run("segment", "sample", "2000", "customers.csv")
        elif self._data.resolve() != self._customers.resolve():
            shutil.copyfile(self._data, self._customers)
        fitted = json.loads(
            self._commands.run(
                *("segment", "fit", "customers.csv", "--registry", self._stack["registry"]),
                *("--promote", "--report", "model.html", "--json"),
            )
        )
        check(fitted["promoted"] is True, "the model was not promoted")
        self._console.print(
            f"Version {fitted['version']}: {fitted['k']} segments, "
            f"silhouette {fitted['metrics']['silhouette']:.3f}. "
            f"It serves now."
        )

    def _drop(self) -> Upload:
        self._step("Drop a file that has a few bad rows")
        upload = write_upload(self._customers, self._folder / KEY, self._spec)
        self._commands.run("aws", "s3", "cp", KEY, f"s3://{self._stack['uploads_bucket']}/{KEY}")
        self._console.print(f"{upload.rows:,} rows, {len(upload.damaged)} of them damaged.")
        return upload

    def _wait_for_report(self, results: Results) -> Report:
        self._step("Wait for its report")
        started = time.monotonic()
        with self._console.status("Waiting"):
            while (report := results.report()) is None:
                check(time.monotonic() - started < REPORT_SECONDS, "no report came")
                time.sleep(0.2)
        rows = report.rows
        self._console.print(
            f"{report.status.replace('_', ' ').capitalize()} after "
            f"{time.monotonic() - started:.1f} s: {rows.read:,} rows read, "
            f"{rows.scored:,} scored, {rows.rejected:,} rejected."
        )
        return report

    def _show_results(self, results: Results, report: Report, upload: Upload) -> dict[str, Any]:
        self._step("Look at the results")
        rows = report.rows
        check(report.status is Status.PARTLY_SCORED, f"the status is {report.status}")
        check(rows.read == upload.rows, f"{rows.read} rows read of {upload.rows}")
        check(rows.read == rows.scored + rows.rejected, "rows were lost")
        labelled = results.labelled()
        check(len(labelled) == rows.scored, f"{len(labelled)} labelled rows")
        show_labelled(self._console, labelled, self._spec)
        rejected = results.rejected(report.delimiter or ",")
        reasons = {int(row["_row"]): row["_reason"] for row in rejected}
        check(len(reasons) == rows.rejected, f"{len(rejected)} rejected rows")
        check(upload.damaged.items() <= reasons.items(), "a damaged row was not found out")
        show_rejected(self._console, rejected)
        counts = sum(segment.count for segment in report.segments)
        check(counts == rows.scored, "the segments do not add up")
        show_segments(self._console, report.segments)
        return labelled[0]

    def _predict(self, labelled: Mapping[str, Any]) -> None:
        self._step("Ask for the first of these customers over HTTPS (here HTTP)")
        customer = {feature.name: labelled[feature.name] for feature in self._spec.features}
        body = json.dumps(customer)
        self._console.print(
            f"[cyan]$ curl {self._stack['api_url']}/predictions --json '{escape(body)}'[/]",
            soft_wrap=True,
            highlight=False,
        )
        request = urllib.request.Request(  # noqa: S310
            f"{self._stack['api_url']}/predictions",
            data=body.encode(),
            headers={"content-type": "application/json"},
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=30) as response:
                prediction = json.load(response)
        except OSError as exc:
            raise DemoFailed(f"POST /predictions: {exc}") from exc
        same = (labelled["segment"], labelled["distance"])
        answered = (prediction["segment"]["id"], prediction["distance"])
        check(answered == same, f"the file says {same}, the API says {answered}")
        check(bool(prediction["drivers"]), "the prediction has no drivers")
        show_prediction(self._console, prediction)

    def _step(self, title: str) -> None:
        self._console.print()
        self._console.rule(f"[bold]{escape(title)}[/]", align="left")


def main(arguments: list[str]) -> int:
    """Run the demo; 0 when everything happened."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    if len(arguments) > 1:
        console.print("usage: python -m cli.demo [DATA.csv]")
        return 2
    data = Path(arguments[0]).absolute() if arguments else None
    try:
        Demo(console, data, FOLDER).run()
    except (DemoFailed, OSError) as exc:
        console.print(f"[bold red]The demo failed:[/] {escape(str(exc))}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
