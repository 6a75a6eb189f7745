"""``segment models compare``, ``name`` and ``history``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segmentation.registry import Registry
from segmentation.store import FolderStore
from tests.support.cli import segment
from tests.support.models import shopper_model


def opened(registry: Path) -> Registry:
    return Registry(FolderStore(registry))


def compare(registry: Path, *args: object) -> object:
    return segment("models", "compare", "v1", "v2", "--registry", registry, *args, "--json").json


class TestCompare:
    @pytest.fixture
    def registry(self, registry: Path) -> Path:
        """Two versions; in v2 segments 0 and 1 have changed their ids."""
        model = opened(registry).load_champion()
        first, second, *others = model.segments
        swapped = (replace(second, id=first.id), replace(first, id=second.id), *others)
        opened(registry).publish(replace(model, segments=swapped))
        return registry

    def test_shows_who_moves_and_what_the_gate_says(self, registry: Path, customers: Path) -> None:
        told = segment(
            *("models", "compare", "v1", "v2", "--registry", registry, "--data", customers),
            "--json",
        ).json

        sizes = [one.size for one in opened(registry).load("v1").segments]
        table = told["migration"]["table"]
        assert (table[0][:2], table[1][:2]) == ([0, sizes[0]], [sizes[1], 0])
        assert told["migration"]["stayed"] == 200 - sizes[0] - sizes[1]
        assert told["migration"]["ari"] == 1.0  # the same groups under other ids
        assert not told["passes_gate"]
        assert "callers know another segment by this id" in told["verdict"]

    def test_places_the_training_customers_where_they_still_are(
        self, registry: Path, customers: Path
    ) -> None:
        told = segment("models", "compare", "v1", "v2", "--registry", registry, "--json").json
        assert told["migration"]["address"] == str(customers)

    def test_goes_without_customers_where_they_are_gone(self, registry: Path) -> None:
        model = opened(registry).load("v2")
        moved = replace(model, training=replace(model.training, address="gone.csv"))
        opened(registry).publish(moved)

        outcome = segment("models", "compare", "v1", "v3", "--registry", registry)

        assert outcome.code == 0
        assert "--data FILE shows who would move" in outcome.err
        assert "v3 would be refused after v1" in outcome.out

    def test_is_a_table_for_people(self, registry: Path) -> None:
        out = segment("models", "compare", "v1", "v2", "--registry", registry).out

        assert "from v1 (lines) to v2 (columns)" in out
        assert "keep their segment" in out
        assert "silhouette" in out

    def test_models_of_other_features_are_compared_without_customers(
        self, registry: Path, customers: Path
    ) -> None:
        opened(registry).publish(shopper_model())

        arguments = ("models", "compare", "v1", "v3", "--registry", registry)
        assert 'feature "age" of v1 is gone' in segment(*arguments).out
        # The file is read under the spec of v3, and lacks its columns.
        assert "is missing" in segment(*arguments, "--data", customers).refusal


class TestName:
    def test_publishes_a_new_version_and_changes_none(self, registry: Path) -> None:
        before = (registry / "models" / "v1" / "model.json").read_bytes()

        told = segment(
            *("models", "name", "v1", 2, "Stars", "--advice", "Thank them"),
            *("--registry", registry, "--json"),
        ).json

        assert told["version"] == "v2"
        assert told["segment"]["name"] == "Stars"
        assert told["segment"]["advice"] == "Thank them"
        assert opened(registry).load("v2").by_id[2].name == "Stars"
        assert (registry / "models" / "v1" / "model.json").read_bytes() == before
        assert opened(registry).champion_version() == "v1"

    def test_publishes_a_report_with_the_new_words(self, registry: Path) -> None:
        segment(
            "models", "name", "v1", 2, "Stars", "--advice", "Thank <them>", "--registry", registry
        )

        report = opened(registry).attachment("v2", "report.html")

        assert report is not None
        assert b"Stars" in report
        assert b"Thank &lt;them&gt;" in report

    def test_tells_people_how_it_gets_to_serve(self, registry: Path) -> None:
        err = segment("models", "name", "v1", 2, "Stars", "--registry", registry).err

        assert 'published v2: v1 with segment 2 "Stars"' in err
        assert segment("models", "promote", "v2", "--registry", registry).code == 0

    def test_refuses_a_name_that_is_taken(self, registry: Path) -> None:
        taken = opened(registry).load("v1").by_id[0].name

        refusal = segment("models", "name", "v1", 2, taken, "--registry", registry).refusal

        assert f'segment 0 is called "{taken}" already' in refusal
        assert opened(registry).versions() == ["v1"]

    def test_without_words_is_wrong_usage(self, registry: Path) -> None:
        assert segment("models", "name", "v1", 2, "--registry", registry).code == 2


class TestHistory:
    def test_says_who_when_and_why(self, registry: Path) -> None:
        opened(registry).publish(opened(registry).load("v1"))
        common = ("--registry", registry)
        segment("models", "promote", "v2", *common, "--by", "ada", "--why", "newer")
        segment("models", "rollback", *common, "--by", "bob", "--why", "complaints")

        told = segment("models", "history", *common, "--json").json

        assert told["champion"] == "v1"
        assert [(one["action"], one["version"], one["by"], one["why"]) for one in told["history"]][
            1:
        ] == [("promote", "v2", "ada", "newer"), ("rollback", "v1", "bob", "complaints")]
        out = segment("models", "history", *common).out.splitlines()
        assert out[1].endswith("promote: v2 serves instead of v1, by ada: newer")

    def test_of_an_empty_registry_is_empty(self, tmp_path: Path) -> None:
        outcome = segment("models", "history", "--registry", tmp_path)

        assert (outcome.code, outcome.out) == (0, "")
        assert "nothing was promoted" in outcome.err
