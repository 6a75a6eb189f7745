from __future__ import annotations

from benchmarks.process import Usage
from benchmarks.scale import Scale
from benchmarks.scoring.cases import FASTEST, OURS, PANDAS, SECTIONS, Case
from benchmarks.scoring.files import file_name
from benchmarks.scoring.goals import goals
from benchmarks.scoring.results import Result, results_table

SCALE = Scale(rows=1_000, sizes=[10, 100, 500], k=[3, 6, 10], cores=[1, 2])


def case(section: str = "engine", rows: int = 1_000, bad: float = 0.0, cores: int = 1) -> Case:
    return Case(section, rows, bad, extra=True, k=3, cores=cores, contenders=())


def result(
    one: Case, contender: str, wall: float, cpu: float, megabytes: int, **columns: int
) -> Result:
    runs = [Usage(wall, cpu, megabytes * 1_000_000)]
    return Result(one, contender, runs, sum(columns.values()), columns)


def test_a_result_is_the_median_in_time_and_the_highest_in_memory() -> None:
    runs = [Usage(1.0, 5.0, 10), Usage(3.0, 4.0, 30), Usage(2.0, 9.0, 20)]

    found = Result(case(), OURS, runs)

    assert (found.wall, found.cpu, found.memory) == (2.0, 5.0, 30)


def test_columns_that_only_the_score_function_writes_are_not_compared() -> None:
    found = result(case(), OURS, 1, 1, 1, customer_id=7, segment=2, margin=50, segment_name=60)

    assert found.shared == 9


def test_the_table_divides_every_contender_by_ours_of_the_same_case() -> None:
    one, other = case(cores=1), case(cores=2)

    table = results_table(
        [
            result(one, OURS, 2.0, 4.0, 100, segment=1),
            result(one, "Polars", 3.0, 3.0, 150, segment=1),
            result(other, "Polars", 3.0, 3.0, 150, segment=1),
        ]
    )

    ours, polars, alone = (line.split(" | ")[-3:] for line in table.splitlines()[2:])
    assert [cell.strip(" |") for cell in ours] == ["1.00 ×", "1.00 ×", "1.00 ×"]
    assert [cell.strip(" |") for cell in polars] == ["1.50 ×", "0.75 ×", "1.50 ×"]
    assert [cell.strip(" |") for cell in alone] == ["–", "–", "–"]


def test_goals_name_the_worst_case() -> None:
    one, other = case(cores=1), case(cores=2)
    results = [
        result(one, OURS, 2.0, 2.0, 100, segment=10),
        result(one, PANDAS, 20.0, 20.0, 500, segment=12),
        result(one, "DuckDB", 2.0, 4.0, 200, segment=20),
        result(one, "Polars", 4.0, 1.0, 200, segment=8),
        result(other, OURS, 3.0, 2.0, 120, segment=10),
        result(other, PANDAS, 12.0, 20.0, 400, segment=12),
        result(other, "DuckDB", 4.0, 4.0, 200, segment=20),
        result(other, "Polars", 2.0, 2.0, 200, segment=20),
    ]

    found = {goal.promise: (goal.found, goal.kept) for goal in goals(results)}

    assert found == {
        "times as fast as pandas + scikit-learn": (4.0, False),
        "memory ÷ pandas + scikit-learn": (0.3, False),
        "wall ÷ faster of DuckDB and Polars, 1 core": (1.0, True),
        "CPU ÷ faster of DuckDB and Polars, 1 core": (2.0, False),
        "wall ÷ faster of DuckDB and Polars, 2 cores": (1.5, False),
        "CPU ÷ faster of DuckDB and Polars, 2 cores": (1.0, True),
        "peak memory, MB": (120.0, True),
        "bytes of the shared columns ÷ smallest peer": (1.25, False),
    }


def test_growth_compares_the_two_largest_files_and_dirt_the_worse_of_wall_and_cpu() -> None:
    results = [
        *(
            result(case("memory", rows, bad), OURS, 1, 1, megabytes)
            for bad in (0.0, 1.0)
            for rows, megabytes in ((50, 330), (1, 100), (10, 300))
        ),
        result(case("dirt"), OURS, 2.0, 2.0, 100),
        result(case("dirt", bad=0.01), OURS, 2.2, 2.8, 100),
        result(case("dirt", bad=1.0), OURS, 6.0, 5.0, 100),
    ]

    found = {goal.promise: (goal.found, goal.kept) for goal in goals(results)}

    assert found == {
        "peak memory, MB": (330.0, True),
        "memory for 50 rows ÷ 10 rows, 0% bad": (1.1, True),
        "memory for 50 rows ÷ 10 rows, 100% bad": (1.1, True),
        "time for 1% bad rows ÷ clean": (1.4, False),
        "time for 100% bad rows ÷ clean": (3.0, True),
    }


def test_sections_cover_every_k_and_core_and_only_peers_that_can_do_it() -> None:
    engine = list(SECTIONS["engine"](SCALE))
    dirt = list(SECTIONS["dirt"](SCALE))

    assert {(one.k, one.cores) for one in engine} == {(k, c) for k in (3, 6, 10) for c in (1, 2)}
    assert all({OURS, PANDAS, *FASTEST} == set(one.contenders) for one in engine)
    assert [(one.bad, len(one.contenders)) for one in dirt] == [(0, 4), (0.01, 4), (0.1, 1), (1, 1)]


def test_files_of_different_contents_have_different_names() -> None:
    cases = [one for section in SECTIONS.values() for one in section(SCALE)]

    contents = {(one.rows, one.bad, one.extra) for one in cases}

    assert len({file_name(rows, bad, extra=extra) for rows, bad, extra in contents}) == len(
        contents
    )
