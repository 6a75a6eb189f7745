"""The house keeps its own rules: targets explain themselves, pins agree, no machine is named."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEV = ROOT / "requirements" / "dev.txt"
FUNCTIONS = {name: ROOT / "functions" / name / "requirements.txt" for name in ("predict", "score")}
REQUIREMENT_FILES = sorted([*(ROOT / "requirements").glob("*.txt"), *FUNCTIONS.values()])

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;]+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {pin["name"]: pin["version"] for pin in PIN.finditer(path.read_text(encoding="utf-8"))}


def run(*command: str) -> str:
    # Without the settings of a make that may have started these tests.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_make_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE)
    assert {"help", "demo", "test", "lint", "types", "build", "up", "deploy"} <= set(targets)

    explained = dict(re.findall(r"^  make (\S+) +(\S.*)$", run("make", "help"), re.MULTILINE))

    assert sorted(explained) == sorted(targets)


def test_make_alone_shows_the_help() -> None:
    assert run("make") == run("make", "help")


def test_a_python_that_does_not_serve_is_refused_with_what_to_do(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "requirements").symlink_to(ROOT / "requirements")

    result = subprocess.run(
        ["make", "types", "PYTHON=no-such-python"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode != 0
    assert "No usable Python: tried no-such-python, and need 3.11 or newer" in result.stderr
    assert "PYTHON=/path/to/python3" in result.stderr


@pytest.mark.parametrize("path", REQUIREMENT_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_requirement_files_pin_by_hash_and_hold_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert pins(path)
    assert len(PIN.findall(text)) == len(pins(path)), (
        "one version of each package, for every Python"
    )
    assert "--hash=sha256:" in text
    assert "://" not in text
    assert not re.search(r"^\s*(-[ief]\b|--(index|extra-index|find-links|trusted))", text, re.M)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_run_the_versions_that_are_tested(function: str) -> None:
    shipped = pins(FUNCTIONS[function])
    tested = pins(DEV)

    assert shipped == {name: tested[name] for name in shipped}


def test_functions_ship_what_they_need_and_no_more() -> None:
    powertools = {"aws-lambda-powertools", "jmespath", "typing-extensions"}

    assert set(pins(FUNCTIONS["predict"])) == powertools
    assert set(pins(FUNCTIONS["score"])) == powertools | {"numpy", "pyarrow"}


def test_no_tracked_file_names_a_folder_of_one_machine() -> None:
    try:
        tracked = run("git", "ls-files", "-z").split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git work tree: which files are tracked is not known")
    machine = re.compile(r"(?<![\w.])/(?:work|farm|root|home/[a-z]+|Users/[A-Za-z]+)/")

    found = [
        f"{name}:{number}: {line.strip()}"
        for name in filter(None, tracked)
        if (ROOT / name).is_file()
        for number, line in enumerate(
            (ROOT / name).read_bytes().decode(errors="replace").splitlines(), 1
        )
        if machine.search(line)
    ]

    assert found == []


def test_the_folder_map_in_the_readme_is_what_there_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Folder map\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)

    folders = {
        "/".join(parts[:depth])
        for name in run("git", "ls-files").splitlines()
        if not name.startswith(".")
        for parts in [name.split("/")[:-1]]
        for depth in (1, 2)
        if len(parts) >= depth
    }

    assert sorted(told) == sorted(folders - {"console/.streamlit"})


def test_nothing_but_tests_imports_the_tests() -> None:
    # The import linter cannot say it: tests are no package that it could follow.
    importers = [
        name
        for name in run("git", "ls-files", "*.py").splitlines()
        if not name.startswith("tests/")
        and re.search(r"^\s*(from|import) tests\b", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    ]

    assert importers == []
