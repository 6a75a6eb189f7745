"""``segment models``: list, show, promote, rollback."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path

import pytest

from segmentation.registry import Registry
from segmentation.store import FolderStore
from tests.support.cli import segment


def publish_another(registry: Path, **changed: object) -> str:
    """Publish the champion once more, with a change."""
    opened = Registry(FolderStore(registry))
    return opened.publish(replace(opened.load_champion(), **changed)).version  # type: ignore[arg-type]


def test_versions_are_listed_with_the_champion(registry: Path) -> None:
    publish_another(registry)

    told = segment("models", "list", "--registry", registry, "--json").json

    assert (told["registry"], told["champion"]) == (str(registry), "v1")
    assert [(one["version"], one["champion"]) for one in told["versions"]] == [
        ("v1", True),
        ("v2", False),
    ]
    assert told["versions"][0]["k"] == 6
    assert told["versions"][0]["rows"] == 200
    assert told["versions"][0]["spec"] == "mall_customers"


def test_people_see_the_versions_in_a_table(registry: Path) -> None:
    out = segment("models", "list", "--registry", registry).out

    assert "champion" in out
    assert "mall_customers" in out


def test_a_damaged_version_does_not_hide_the_others(registry: Path) -> None:
    version = publish_another(registry)
    path = registry / "models" / version / "model.json"
    path.write_bytes(path.read_bytes().replace(b'"seed": 42', b'"seed": 43', 1))

    listed = segment("models", "list", "--registry", registry, "--json").json["versions"]

    assert listed[0]["k"] == 6
    assert "it was changed" in listed[1]["error"]
    assert "damaged" in segment("models", "list", "--registry", registry).out


def test_an_empty_registry_lists_nothing(tmp_path: Path) -> None:
    assert segment("models", "list", "--registry", tmp_path, "--json").json["versions"] == []
    assert "holds no version yet" in segment("models", "list", "--registry", tmp_path).err


def test_the_champion_is_shown_by_default(registry: Path) -> None:
    publish_another(registry)

    told = segment("models", "show", "--registry", registry, "--json").json

    assert (told["version"], told["champion"]) == ("v1", True)
    assert len(told["segments"]) == 6
    assert told["training"]["rows"] == 200


def test_a_version_is_shown_by_its_name(registry: Path) -> None:
    publish_another(registry)

    told = segment("models", "show", "v2", "--registry", registry, "--json").json

    assert (told["version"], told["champion"]) == ("v2", False)


def test_people_see_segments_with_advice_and_the_history(registry: Path) -> None:
    outcome = segment("models", "show", "v1", "--registry", registry)

    assert "Premium offerings, loyalty programs, exclusive access" in outcome.out
    assert "promote: v1 serves" in outcome.err


def test_brackets_in_a_name_are_no_markup(registry: Path) -> None:
    model = Registry(FolderStore(registry)).load_champion()
    first, *others = model.segments
    publish_another(registry, segments=(replace(first, name="[bold]Fans[/]"), *others))

    assert "[bold]Fans[/]" in segment("models", "show", "v2", "--registry", registry).out


def test_a_promotion_tells_who_and_why(registry: Path) -> None:
    publish_another(registry)

    told = segment(
        *("models", "promote", "v2", "--registry", registry, "--by", "ada", "--why", "newer"),
        "--json",
    ).json

    assert (told["version"], told["previous"], told["by"], told["why"]) == (
        *("v2", "v1"),
        *("ada", "newer"),
    )
    history = segment("models", "show", "v2", "--registry", registry).err
    assert "promote: v2 serves instead of v1, by ada: newer" in history


def test_by_is_the_user_unless_told(registry: Path) -> None:
    publish_another(registry)

    told = segment("models", "promote", "v2", "--registry", registry, "--json").json

    assert told["by"] == getpass.getuser()


def test_the_gate_refuses_and_force_overrides_it(registry: Path) -> None:
    model = Registry(FolderStore(registry)).load_champion()
    publish_another(registry, segments=model.segments[:3])

    refusal = segment("models", "promote", "v2", "--registry", registry).refusal
    assert "segment ids that callers know are gone" in refusal
    assert "k = 3, v1 has k = 6" in refusal

    forced = segment("models", "promote", "v2", "--registry", registry, "--force", "--json")
    assert forced.json["version"] == "v2"


def test_a_rollback_lets_the_former_champion_serve(registry: Path) -> None:
    publish_another(registry)
    segment("models", "promote", "v2", "--registry", registry)

    told = segment("models", "rollback", "--registry", registry, "--why", "bad", "--json").json

    assert (told["action"], told["version"], told["previous"]) == ("rollback", "v1", "v2")
    assert segment("models", "list", "--registry", registry, "--json").json["champion"] == "v1"


def test_without_a_former_champion_a_rollback_is_refused(registry: Path) -> None:
    refusal = segment("models", "rollback", "--registry", registry).refusal

    assert "no champion before v1" in refusal


def test_an_unknown_version_is_refused_with_the_known_ones(registry: Path) -> None:
    for command in ("show", "promote"):
        refusal = segment("models", command, "v7", "--registry", registry).refusal
        assert refusal == f'{registry}: got version "v7", there is v1'


def test_without_a_champion_there_is_nothing_to_show(tmp_path: Path) -> None:
    refusal = segment("models", "show", "--registry", tmp_path).refusal

    assert "got no champion" in refusal


@pytest.mark.parametrize(
    "command",
    [("list",), ("show",), ("show", "v1"), ("promote", "v1"), ("rollback",)],
)
def test_a_registry_that_does_not_exist_is_refused(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    nowhere = tmp_path / "nowhere"

    refusal = segment("models", *command, "--registry", nowhere, "--json").refusal

    assert refusal.startswith(f'no registry at "{nowhere}"')
    assert not nowhere.exists()
