"""What we depend on, as far as it can be judged without the internet.

That every file pins one version of each package by its hash is tested with the house rules. Which
of these versions have known weaknesses only a service on the internet knows: `make audit` asks it.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.security.scanners.conftest import Scanner
from tests.support.deployment import ROOT

REQUIREMENT_FILES = sorted(
    [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "functions").glob("*/requirements.txt")]
)
SHIPPED = sorted((ROOT / "functions").glob("*/requirements.txt"))
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|0BSD|Zlib|CC0)\b", re.I)


def pinned(text: str) -> list[Requirement]:
    """Give the pins of a file, without their hashes."""
    lines = re.findall(r"^([A-Za-z0-9][^\\\n]*)", text, re.MULTILINE)
    return [Requirement(line) for line in lines]


def test_the_installed_packages_are_the_pinned_ones_and_fit_together() -> None:
    pins = {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in pinned((ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"))
        if one.marker is None or one.marker.evaluate()
    }
    installed = {canonicalize_name(one.name): one for one in metadata.distributions()}

    assert {name: installed[name].version for name in pins} == pins
    for name in pins:
        for line in installed[name].requires or []:
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                found = installed[canonicalize_name(needed.name)].version
                assert needed.specifier.contains(found, prereleases=True), f"{name}: {line}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_what_is_shipped_has_a_licence_that_asks_for_nothing_back(path: Path) -> None:
    assert SHIPPED
    for requirement in pinned(path.read_text(encoding="utf-8")):
        about = metadata.metadata(requirement.name)
        classifiers = [one for one in about.get_all("Classifier") or [] if "License" in one]
        licence = about["License-Expression"] or " ".join(classifiers) or about["License"]
        assert PERMISSIVE.search(licence or ""), f"{requirement.name}: {licence}"
        assert "GPL" not in re.sub(r"WITH \S+", "", licence), f"{requirement.name}: {licence}"


@pytest.mark.slow
def test_every_pin_is_one_that_the_audit_can_ask_about(scanner: Scanner) -> None:
    for path in REQUIREMENT_FILES:
        options = ("--dry-run", "--disable-pip", "--require-hashes", "--progress-spinner", "off")
        asked = scanner("pip-audit", *options, "--requirement", path)

        assert asked.returncode == 0, asked.stderr
        pins = len(pinned(path.read_text(encoding="utf-8")))
        (count,) = re.findall(r"would have audited (\d+) packages", asked.stderr)
        # Pins for other systems than this one are left out.
        assert 0.8 * pins <= int(count) <= pins
