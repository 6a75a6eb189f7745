"""What the engine promises, and whether these results keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from benchmarks.report import MEGA, Goal
from benchmarks.scoring.cases import FASTEST, ONE_PERCENT, OURS, PANDAS, Case
from benchmarks.scoring.results import Result


def goals(results: Sequence[Result]) -> Iterator[Goal]:
    """Work out every promise that these results can tell about."""
    by_case: dict[Case, dict[str, Result]] = {}
    for result in results:
        by_case.setdefault(result.case, {})[result.contender] = result
    engine = [found for case, found in by_case.items() if case.section == "engine"]
    yield from _against_pandas([found for found in engine if {OURS, PANDAS} <= found.keys()])
    yield from _against_fastest([found for found in engine if {OURS, *FASTEST} <= found.keys()])
    ours = [result for result in results if result.contender == OURS]
    if ours:
        yield Goal("peak memory, MB", max(one.memory for one in ours) / MEGA, 350)
    yield from _growth([one for one in ours if one.case.section == "memory"])
    yield from _dirt([one for one in ours if one.case.section == "dirt"])
    yield from _size([found for found in by_case.values() if OURS in found and len(found) > 1])


Found = dict[str, Result]


def _against_pandas(cases: Sequence[Found]) -> Iterator[Goal]:
    if cases:
        faster = min(found[PANDAS].wall / found[OURS].wall for found in cases)
        yield Goal("times as fast as pandas + scikit-learn", faster, 5, at_most=False)
        memory = max(found[OURS].memory / found[PANDAS].memory for found in cases)
        yield Goal("memory ÷ pandas + scikit-learn", memory, 0.25)


def _against_fastest(cases: Sequence[Found]) -> Iterator[Goal]:
    measures: dict[str, Callable[[Result], float]] = {
        "wall": lambda one: one.wall,
        "CPU": lambda one: one.cpu,
    }
    for cores in sorted({found[OURS].case.cores for found in cases}):
        chosen = [found for found in cases if found[OURS].case.cores == cores]
        for name, of in measures.items():
            worst = max(
                of(found[OURS]) / min(of(found[peer]) for peer in FASTEST) for found in chosen
            )
            plural = "s" * (cores > 1)
            yield Goal(f"{name} ÷ faster of DuckDB and Polars, {cores} core{plural}", worst, 1.2)


def _growth(ours: Iterable[Result]) -> Iterator[Goal]:
    by_bad: dict[float, dict[int, float]] = {}
    for one in ours:
        by_bad.setdefault(one.case.bad, {})[one.case.rows] = one.memory
    for bad, by_rows in by_bad.items():
        *_, before, last = (0, *sorted(by_rows))
        if before:
            promise = f"memory for {last:,} rows ÷ {before:,} rows, {bad:.0%} bad"
            yield Goal(promise, by_rows[last] / by_rows[before], 1.1)


def _dirt(ours: Iterable[Result]) -> Iterator[Goal]:
    by_bad = {one.case.bad: one for one in ours}
    for bad, bound in ((ONE_PERCENT, 1.3), (1.0, 4.0)):
        if {0.0, bad} <= by_bad.keys():
            clean, dirty = by_bad[0.0], by_bad[bad]
            worst = max(dirty.wall / clean.wall, dirty.cpu / clean.cpu)
            yield Goal(f"time for {bad:.0%} bad rows ÷ clean", worst, bound)


def _size(cases: Iterable[Found]) -> Iterator[Goal]:
    ratios = [
        (found[OURS].shared / min(one.shared for name, one in found.items() if name != OURS))
        for found in cases
        if all(one.shared for one in found.values())
    ]
    if ratios:
        yield Goal("bytes of the shared columns ÷ smallest peer", max(ratios), 1.0)
