"""No tracked file holds a secret."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from detect_secrets.core.potential_secret import PotentialSecret
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import default_settings, transient_settings

from tests.support.deployment import ROOT

MADE_UP = {
    "local": "credentials of the server on this machine, which takes any",
    "testing": "credentials of the tests, which reach no AWS",
    "jane.doe@example.com": "a customer of a test",
    "segmentation-uploads-0123456789ab": "a bucket of the sample events",
}
"""Values that look like secrets and are none."""


def is_made_up(file: str, secret: PotentialSecret) -> bool:
    value = secret.secret_value or ""
    if secret.type == "AWS Access Key":
        return value.endswith("EXAMPLE")  # as AWS marks those of its documentation
    # Sample events carry message ids, receipts and ETags, as the real ones do.
    sample = file.startswith("tests/events/") and "High Entropy" in secret.type
    return sample or value in MADE_UP


def secrets(files: Sequence[str]) -> Iterator[tuple[str, PotentialSecret]]:
    """Give every potential secret in some files."""
    with default_settings() as defaults:
        settings = defaults.json()
    # Hashes of packages look like keys.
    hashes = {
        "path": "detect_secrets.filters.regex.should_exclude_line",
        "pattern": [r"^    --hash=sha256:[0-9a-f]{64}( \\)?$"],
    }
    settings["filters_used"].append(hashes)
    with transient_settings(settings):
        for file in files:
            for secret in scan_file(file):
                yield file, secret


@pytest.mark.slow
def test_no_tracked_file_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    try:
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], capture_output=True, text=True, check=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git work tree: which files are tracked is not known")
    files = [name for name in tracked if name and Path(name).is_file()]
    assert len(files) > 200

    found = [
        f"{file}:{secret.line_number}: {secret.type}"
        for file, secret in secrets(files)
        if not is_made_up(file, secret)
    ]

    assert found == []


# Made here, or this file would be a finding itself.
_RANDOM = hashlib.sha256(b"planted").hexdigest()
PLANTED = {
    "AWS Access Key": f'key = "AKIA{_RANDOM[:16].upper()}"',
    "Secret Keyword": f'password = "{_RANDOM[:12]}"',
    "Private Key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "GitHub Token": f'token = "ghp_{_RANDOM[:36]}"',
    "Basic Auth Credentials": f"https://someone:{_RANDOM[:12]}@example.com",
    "Hex High Entropy String": f'digest = "{_RANDOM}"',
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_secret_is_found(kind: str, tmp_path: Path) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text(f"# settings\n{PLANTED[kind]}\n", encoding="utf-8")

    found = [
        (secret.type, secret.line_number)
        for file, secret in secrets([str(planted)])
        if not is_made_up(file, secret)
    ]

    assert (kind, 2) in found
