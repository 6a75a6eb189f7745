"""``segment fit``: what it publishes, prints and refuses."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from segmentation.registry import Registry
from segmentation.store import FolderStore
from tests.support.cli import Outcome, segment
from training import fit

HEADER = "CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)\n"

FEW = ("--gap-references", 2, "--bootstraps", 3)
QUICK = ("--starts", 1, *FEW)


def opened(path: Path) -> Registry:
    return Registry(FolderStore(path))


def test_the_json_object_has_the_agreed_shape(
    fitted: tuple[Path, Outcome], customers: Path
) -> None:
    registry, outcome = fitted
    told = outcome.json

    assert (told["version"], told["k"], told["promoted"]) == ("v1", 6, True)
    assert told["features"] == ["gender", "age", "annual_income", "spending_score"]
    assert set(told["metrics"]) >= {
        "inertia",
        "silhouette",
        "davies_bouldin",
        "calinski_harabasz",
    }
    assert [one["k"] for one in told["sweep"]] == list(range(1, 10))
    for one in told["segments"]:
        assert set(one) >= {"id", "name", "description", "advice", "size", "share", "centroid"}
        assert set(one["centroid"]) == set(told["features"])
        assert all(one[text] for text in ("name", "description", "advice"))
    assert told["training"]["sha256"] == hashlib.sha256(customers.read_bytes()).hexdigest()
    assert opened(registry).load_champion().k == 6


def test_nothing_but_the_object_is_printed_with_json(fitted: tuple[Path, Outcome]) -> None:
    assert fitted[1].err == ""


def test_people_see_the_elbow_the_segments_and_what_was_published(
    customers: Path, tmp_path: Path
) -> None:
    outcome = segment("fit", customers, "--k", 3, *QUICK, "--registry", tmp_path / "r")

    assert outcome.code == 0
    assert "→ 3" in outcome.out
    assert "████████████" in outcome.out
    for segment_ in opened(tmp_path / "r").load("v1").segments:
        assert segment_.advice.split(",")[0] in outcome.out
    assert f"published v1 in {tmp_path / 'r'}" in outcome.err
    assert opened(tmp_path / "r").champion().version is None


def test_the_same_options_give_the_same_model_again(customers: Path, tmp_path: Path) -> None:
    options = ("--k", 4, "--starts", 5, *FEW, "--seed", 7, "--registry", tmp_path / "r", "--json")

    one, again = (segment("fit", customers, *options).json for _ in range(2))

    assert (one.pop("version"), again.pop("version")) == ("v1", "v2")
    one.pop("created_at"), again.pop("created_at")
    assert one == again


def test_rows_that_were_dropped_are_told(tmp_path: Path, customers: Path) -> None:
    dirty = tmp_path / "dirty.csv"
    dirty.write_text(customers.read_text() + "201,?,20,20,20\n202,Male,,20,20\n203,Male,,20,20\n")

    outcome = segment("fit", dirty, "--k", 3, *QUICK, "--registry", tmp_path / "r")

    assert "3 rows were dropped: 2 missing_value, 1 unknown_category" in outcome.out
    assert opened(tmp_path / "r").load("v1").training.rows == 200


def test_an_optimum_that_was_not_confirmed_is_told(customers: Path, tmp_path: Path) -> None:
    outcome = segment("fit", customers, "--k", 9, "--starts", 4, *FEW, "--registry", tmp_path / "r")

    assert "optimum not confirmed" in outcome.out


def test_the_report_is_written_and_published_with_the_model(
    customers: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"

    segment(
        *("fit", customers, "--k", 3, *QUICK, "--registry", tmp_path / "r"),
        *("--report", report),
    )

    assert report.read_text().startswith("<!doctype html>")
    assert "Where the customers lie" in report.read_text()
    assert opened(tmp_path / "r").attachment("v1", "report.html") == report.read_bytes()


def test_the_registry_may_come_from_the_environment(
    customers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGMENT_REGISTRY", str(tmp_path / "mine"))

    segment("fit", customers, "--k", 2, *QUICK)

    assert opened(tmp_path / "mine").versions() == ["v1"]


def test_a_refused_promotion_leaves_the_version_published(customers: Path, registry: Path) -> None:
    outcome = segment(
        *("fit", customers, "--k", 3, *QUICK, "--registry", registry),
        *("--promote", "--json"),
    )

    assert outcome.code == 1
    assert (outcome.json["version"], outcome.json["promoted"]) == ("v2", False)
    assert len(outcome.err.splitlines()) == 1
    assert "v2 was not promoted: segment ids that callers know are gone" in outcome.err
    assert opened(registry).versions() == ["v1", "v2"]
    assert opened(registry).champion_version() == "v1"


def test_a_stopped_run_leaves_the_registry_as_it_was(
    customers: Path, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(registry.rglob("*"))

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "train", stopped)

    assert segment("fit", customers, "--registry", registry).refusal == "interrupted"
    assert sorted(registry.rglob("*")) == before


def refused(tmp_path: Path, *args: object) -> str:
    refusal = segment("fit", *args, "--registry", tmp_path / "registry").refusal
    assert not (tmp_path / "registry").exists()
    return refusal


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, tmp_path / "nope.csv") == (
        f'got "{tmp_path / "nope.csv"}", expected a CSV or Parquet file, or a folder of them'
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "no usable row (there is only a header)"),
        (b"\x89PNG\r\n\x1a\n", "not text but a picture"),
        (b"PAR1 damaged", "not a readable Parquet file"),
        (b"Gender,Agee,Income,Score\nMale,1,2,3\n", 'the nearest header found is "Agee"'),
    ],
)
def test_an_unreadable_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    refusal = refused(tmp_path, path)

    assert refusal.startswith(f"{path}: ")
    assert message in refusal


def test_a_file_that_may_not_be_read_is_refused(
    tmp_path: Path, customers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Path.open

    def guarded(self: Path, *args: object, **kwargs: object) -> object:
        if self == customers:
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", guarded)

    assert refused(tmp_path, customers) == f"{customers}: cannot be read: Permission denied"


def test_an_unknown_spec_is_refused(tmp_path: Path, customers: Path) -> None:
    assert refused(tmp_path, customers, "--spec", "malls") == (
        'spec: got "malls", expected one of mall_customers, rfm, or the path of a TOML file'
    )


def test_a_spec_that_does_not_fit_the_data_is_refused(tmp_path: Path, customers: Path) -> None:
    assert 'column "Recency (days)" is missing' in refused(tmp_path, customers, "--spec", "rfm")


def test_more_segments_than_distinct_customers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text(HEADER + "1,Male,20,10,10\n2,Female,30,20,20\n3,Female,30,20,20\n")

    assert refused(tmp_path, path, "--k", 3) == (
        f"{path}: got 2 distinct customers for k = 3, expected at least as many as segments"
    )


def test_a_constant_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "men.csv"
    path.write_text(HEADER + "1,Male,20,10,10\n2,Male,30,20,20\n3,Male,40,30,30\n")

    assert f'{path}: column "Gender" has one and the same value' in refused(tmp_path, path)


def test_a_file_in_the_place_of_the_registry_is_refused(tmp_path: Path, customers: Path) -> None:
    path = tmp_path / "registry"
    path.write_text("")

    refusal = segment("fit", customers, "--registry", path).refusal

    assert "expected a folder" in refusal


@pytest.mark.parametrize(
    "options",
    [
        ("--k", "1"),
        ("--k", "0"),
        ("--k", "-3"),
        ("--k", "many"),
        ("--k", "٣"),
        ("--k", "2.5"),
        ("--starts", "0"),
        ("--k-max", "1"),
        ("--bootstraps", "-1"),
        ("--seed", "-1"),
        ("--report", "no/such/folder/report.html"),
        ("--bogus",),
    ],
)
def test_wrong_usage_is_exit_code_two(
    tmp_path: Path, customers: Path, options: tuple[str, ...]
) -> None:
    outcome = segment("fit", customers, *options, "--registry", tmp_path / "registry")

    assert (outcome.code, outcome.out) == (2, "")
    assert options[0] in outcome.err
    assert not (tmp_path / "registry").exists()


def test_a_report_that_cannot_be_published_is_told_with_the_version_that_was(
    customers: Path, tmp_path: Path
) -> None:
    registry = tmp_path / "registry"
    (registry / "models" / "v1" / "report.html").mkdir(parents=True)  # in the way of the file

    outcome = segment("fit", customers, "--k", 2, *QUICK, "--registry", registry)

    assert outcome.code == 1
    assert "v1 is published, but without its report" in outcome.err
    assert opened(registry).versions() == ["v1"]
