"""``segment rescore``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cli.addresses import (
    REGISTRY,
    RESCORE,
    RESULTS,
    UPLOADS,
    existing_bucket,
    place_option,
    s3_for_many,
    stack_option,
    state_machine_client,
)
from cli.options import existing_registry, json_option
from cli.output import console, counted, note, print_json, printable, progress
from cli.times import Since
from operations.errors import OperationRefused

if TYPE_CHECKING:
    from operations.rescore import Request, Run, StateMachine
    from operations.uploads import Upload
    from score.delivery import Mismatch


@dataclass(frozen=True, slots=True)
class Selection:
    """Which uploads are meant."""

    prefix: str
    missing: bool
    since: datetime | None
    model: str | None
    resume: bool

    def refuse_contradictions(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        click.UsageError
            With what to do.
        """
        if self.resume and (self.prefix or self.missing or self.since or self.model):
            raise click.UsageError(
                "--resume begins the last run again as it was asked for: give nothing else."
            )


@click.command
@click.argument("prefix", default="")
@click.option(
    "--missing",
    is_flag=True,
    help="Only uploads whose outputs are not right: no report, one of an earlier upload, outputs "
    "not there any more; with --model also those that another version scored.",
)
@click.option("--since", type=Since(), help=f"Only uploads dropped since. {Since.__doc__}")
@click.option(
    "--model", metavar="VERSION", help="Who is to score; default: the champion of this moment."
)
@click.option("--resume", is_flag=True, help="Begin the last run again: it does what is left.")
@click.option("--dry-run", is_flag=True, help="List what would be scored again, and start nothing.")
@place_option("--uploads", UPLOADS)
@place_option("--results", RESULTS)
@place_option("--registry", REGISTRY, required=False)
@place_option("--state-machine", RESCORE, required=False)
@stack_option
@json_option
def rescore(  # noqa: PLR0913  one argument for each option
    *,
    prefix: str,
    missing: bool,
    since: datetime | None,
    model: str | None,
    resume: bool,
    dry_run: bool,
    uploads: str,
    results: str,
    registry: str,
    state_machine: str,
    as_json: bool,
) -> None:
    """Have uploads scored again, beside those that are dropped.

    PREFIX is the beginning of the keys; without it, all. End it with a slash to mean a folder:
    "november" takes "november-old/a.csv" too. Every upload ends with the outputs of one version;
    one that has them already is not scored. Without --model, --missing leaves it at whichever
    version scored, and the champion scores the rest.

    The work runs in AWS. Ctrl-C stops the watching only, and --resume does what a run left.
    """
    selection = Selection(prefix, missing, since, model, resume)
    selection.refuse_contradictions()
    if not dry_run and not state_machine:
        raise RESCORE.unknown("--state-machine")
    if not registry and (model or not missing) and not resume:
        raise REGISTRY.unknown("--registry")
    machine = _machine(state_machine) if state_machine else None
    if machine and not dry_run:
        _refuse_second_run(machine)
    request, chosen, count = _request(selection, uploads, results, registry, machine, dry_run)
    told: dict[str, Any] = {
        "uploads_bucket": uploads,
        "results_bucket": results,
        **asdict(request),
        "dry_run": dry_run,
        "checked": count,
        "uploads": chosen,
        "run": None,
    }
    if chosen is not None and not as_json:
        _show_chosen(chosen, uploads, request, count)
    if machine and not dry_run and chosen != []:
        run = _watched(machine, machine.start(request), as_json)
        told["run"] = {"name": run.name, "status": run.status, **asdict(run.counts)}
        told["run"]["result_files"] = f"s3://{results}/{run.manifest}" if run.manifest else None
        _show_run(run, results, as_json)
    if as_json:
        print_json(told)
    if told["run"]:
        _refuse_failures(run)


def _machine(arn: str) -> StateMachine:
    from operations.rescore import StateMachine

    return StateMachine(state_machine_client(), arn)


def _refuse_second_run(machine: StateMachine) -> None:
    if (name := machine.running()) is not None:
        raise OperationRefused(
            f"the run {name} goes on: two would take twice the concurrency. Wait for its end, or "
            f"stop it: aws stepfunctions stop-execution --execution-arn "
            f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        )


def _request(
    selection: Selection,
    uploads: str,
    results: str,
    registry: str,
    machine: StateMachine | None,
    dry_run: bool,
) -> tuple[Request, list[dict[str, Any]] | None, int]:
    """Give what to ask for, the uploads chosen (None: all under the prefix), and how many exist."""
    from operations.rescore import Request, write_listing

    if selection.resume:
        if machine is None:
            raise RESCORE.unknown("--state-machine")
        last = machine.last()
        if last is None:
            raise OperationRefused(f"{machine.arn} never ran: there is nothing to resume")
        return last, None, 0
    request = Request.now(selection.prefix, _version(selection, registry))
    if not (selection.missing or selection.since or dry_run):
        return request, None, 0
    look = selection.missing or dry_run
    chosen, count = _chosen(selection, uploads, results, request.model_version, look=look)
    if not dry_run and chosen:
        keys = (str(one["key"]) for one in chosen)
        request = replace(request, listing=write_listing(s3_for_many(), results, request, keys))
    return request, chosen, count


def _version(selection: Selection, registry: str) -> str | None:
    if selection.missing and selection.model is None:
        return None
    opened = existing_registry(registry)
    if selection.model is None:
        return opened.champion_version()
    return opened.load(selection.model).version  # it is there, and whole


def _chosen(
    selection: Selection, uploads: str, results: str, version: str | None, *, look: bool
) -> tuple[list[dict[str, Any]], int]:
    from cli.tables.operations import moment
    from operations.uploads import checked, uploads_under
    from score.s3 import S3Bucket

    s3 = s3_for_many()
    listed = uploads_under(
        s3, existing_bucket(s3, UPLOADS, uploads), selection.prefix, selection.since
    )
    target = S3Bucket(s3, existing_bucket(s3, RESULTS, results))
    pairs: Iterable[tuple[Upload, Mismatch | None]] = ((upload, None) for upload in listed)
    if look:
        pairs = checked(listed, S3Bucket(s3, uploads), target, version)
    found, count = [], 0
    with progress("Looking at uploads") as tell:
        for upload, mismatch in pairs:
            count += 1
            tell(count, None)
            if mismatch is not None or not look:
                found.append(
                    {
                        "key": upload.key,
                        "reason": mismatch.value if mismatch else None,
                        "bytes": upload.size,
                        "changed_at": moment(upload.changed_at),
                    }
                )
    return found, count


def _watched(machine: StateMachine, execution: str, as_json: bool) -> Run:
    name = execution.rpartition(":")[2]
    if not as_json:
        note(f"{name} started")
    try:
        with progress("Scoring again") as tell:
            for run in machine.watch(execution):
                tell(run.counts.total - run.counts.left, run.counts.total or None)
    except KeyboardInterrupt as exc:
        raise OperationRefused(
            f"no longer watched; {name} goes on in AWS. Stop it: aws stepfunctions stop-execution "
            f"--execution-arn {execution}"
        ) from exc
    return run


def _show_chosen(chosen: list[dict[str, Any]], uploads: str, request: Request, count: int) -> None:
    from cli.tables.operations import GAPS, missing_table

    if chosen:
        console().print(missing_table(chosen))
    reasons = Counter(GAPS[str(one["reason"])] for one in chosen if one["reason"])
    listed = "; ".join(f"{number:,}: {reason}" for reason, number in sorted(reasons.items()))
    note(
        f"{counted(count, 'upload')} looked at in s3://{uploads}/{printable(request.prefix)}: "
        f"{len(chosen):,} to score again" + (f" ({listed})" if listed else "")
    )


def _show_run(run: Run, results: str, as_json: bool) -> None:
    if as_json:
        return
    counts = run.counts
    note(
        f"{counts.succeeded:,} of {counted(counts.total, 'upload')} have their outputs now, "
        f"{counts.failed:,} failed, {counts.left:,} left"
    )
    if not run.manifest:
        return
    if counts.failed:
        from cli.tables.operations import failure_table
        from operations.rescore import failures

        if found := failures(s3_for_many(), results, run.manifest):
            console().print(failure_table(found))
    note(f"What became of each: s3://{results}/{run.manifest}")


def _refuse_failures(run: Run) -> None:
    if run.status != "SUCCEEDED" or run.counts.failed:
        why = f" ({run.cause})" if run.cause else ""
        raise OperationRefused(
            f"{run.name}: {run.status.lower()}, {run.counts.failed:,} of {run.counts.total:,} "
            f"uploads failed{why}: segment rescore --resume tries again what is left"
        )
