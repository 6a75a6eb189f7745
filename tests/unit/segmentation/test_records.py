"""What a document tells people: read back whole, and written as every release wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from segmentation.criteria import Criteria
from segmentation.document import Section
from segmentation.errors import DocumentError
from segmentation.model import Model
from segmentation.profile import FeatureProfile, Profile
from segmentation.training_record import Choice, Edit, Kept, Sample, Succession, TrainingRecord
from tests.stress.fuzz.documents import sealed
from tests.support.models import mall_model

ROW: dict[str, Any] = {
    "k": 2,
    "inertia": 12.5,
    "silhouette": 0.5,
    "davies_bouldin": 0.75,
    "calinski_harabasz": 80.0,
    "silhouette_rows": 200,
    "starts": 100,
    "hits": 12,
    "out_of_time": False,
    "gap": -0.25,
    "gap_s": 0.125,
    "stability": None,
    "jaccard": [1.0, 0.5],
}
PROFILE: dict[str, Any] = {
    "features": {
        "gender": {"shares": {"Female": 0.25, "Male": 0.75}, "z": 0.5},
        "age": {
            "mean": 40.5,
            "minimum": 18.0,
            "quartiles": [30.0, 40.0, 50.0],
            "maximum": 70.0,
            "z": -1.5,
        },
    },
    "set_apart_by": ["age", "gender"],
    "close_to_average": [],
    "silhouette": 0.5,
    "jaccard": None,
}
RECORD: dict[str, Any] = {
    "address": "s3://data/customers.csv",
    "sha256": "ab" * 32,
    "files": 1,
    "rows": 198,
    "dropped": {"duplicate_id": 2},
    "left_out": 0,
    "warnings": [],
    "seed": 42,
    "choice": {
        "k": 2,
        "rule": "given",
        "reason": "k = 2 was given.",
        "votes": {"silhouette": 2, "gap": None},
        "disagree": [],
    },
    "samples": {
        "silhouette": {"rows": 198, "error": None},
        "gap": {"rows": 198, "error": 0.5, "references": 20},
        "stability": {"rows": 198, "error": 0.25, "bootstraps": 100},
    },
    "succeeds": {
        "version": "v1",
        "kept": [{"id": 0, "score": 0.75, "overlap": 0.5, "closeness": 1.0}],
        "new": [7],
        "retired": [1, 3],
    },
    "edited": {"version": "v2", "segment": 7},
}


def written(record: Criteria | Profile | TrainingRecord) -> str:
    return json.dumps(record.to_dict())


def test_a_row_of_the_sweep_has_a_type() -> None:
    row = Criteria.read(Section(ROW, "row"))

    assert row == Criteria(
        2, 12.5, 0.5, 0.75, 80.0, 200, 100, 12, False, -0.25, 0.125, None, (1.0, 0.5)
    )
    assert written(row) == json.dumps(ROW)


def test_metrics_are_a_row_without_its_k() -> None:
    figures = {name: value for name, value in ROW.items() if name != "k"}

    metrics = Criteria.read(Section(figures, "metrics"), k=2)

    assert metrics == Criteria.read(Section(ROW, "row"))
    assert json.dumps(metrics.to_metrics()) == json.dumps(figures)


def test_a_profile_has_a_type() -> None:
    profile = Profile.read(Section(PROFILE, "profile"))

    assert profile == Profile(
        features={
            "gender": FeatureProfile(shares={"Female": 0.25, "Male": 0.75}, z=0.5),
            "age": FeatureProfile(40.5, 18.0, (30.0, 40.0, 50.0), 70.0, z=-1.5),
        },
        set_apart_by=("age", "gender"),
        silhouette=0.5,
    )
    assert profile.of("age").mean == 40.5
    assert profile.of("income") == FeatureProfile()
    assert written(profile) == json.dumps(PROFILE)


def test_a_training_record_has_a_type() -> None:
    record = TrainingRecord.read(Section(RECORD, "training"))

    assert record == TrainingRecord(
        address="s3://data/customers.csv",
        sha256="ab" * 32,
        files=1,
        rows=198,
        dropped={"duplicate_id": 2},
        left_out=0,
        seed=42,
        choice=Choice(2, "given", "k = 2 was given.", {"silhouette": 2, "gap": None}),
        samples={
            "silhouette": Sample(198),
            "gap": Sample(198, 0.5, references=20),
            "stability": Sample(198, 0.25, bootstraps=100),
        },
        succeeds=Succession("v1", (Kept(0, 0.75, 0.5, 1.0),), (7,), (1, 3)),
        edited=Edit("v2", 7),
    )
    assert record.sample("gap").references == 20
    assert record.sample("elbow") == Sample()
    assert written(record) == json.dumps(RECORD)


def test_what_training_does_not_say_is_not_written() -> None:
    record = TrainingRecord(address="a.csv", sha256="", files=1, rows=9, left_out=0, seed=42)

    assert record.to_dict() == {
        "address": "a.csv",
        "sha256": "",
        "files": 1,
        "rows": 9,
        "dropped": {},
        "left_out": 0,
        "warnings": [],
        "seed": 42,
        "samples": {},
    }


def first_release() -> dict[str, Any]:
    """Give a document as the first release wrote it: four criteria, and no reason for k."""
    document: dict[str, Any] = json.loads(mall_model().to_json())
    row = {name: ROW[name] for name in list(ROW)[: list(ROW).index("out_of_time")]}
    document["sweep"] = [row | {"k": 1, "silhouette": None, "davies_bouldin": None}, row]
    document["metrics"] = {name: value for name, value in row.items() if name != "k"}
    document["training"] = {
        **{name: RECORD[name] for name in ("address", "sha256", "files", "rows", "dropped")},
        "seed": 42,
        "k_chosen": "silhouette",
    }
    for segment in document["segments"]:
        told = ("features", "set_apart_by", "close_to_average")
        segment["profile"] = {name: PROFILE[name] for name in told}
    return document


def test_a_document_of_the_first_release_is_written_as_it_was() -> None:
    data = sealed(first_release())

    model = Model.from_json(data)

    assert json.dumps(json.loads(model.to_json())) == data.decode()
    assert (model.training.k_chosen, model.training.choice) == ("silhouette", None)
    assert model.metrics.stability is None
    renewed = replace(model, metrics=replace(model.metrics, stability=0.5))
    assert json.loads(renewed.to_json())["metrics"]["stability"] == 0.5


def in_place(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        holder: Any = document
        *way, last = path.split(".")
        for name in way:
            holder = holder[int(name) if name.isdigit() else name]
        holder[int(last) if last.isdigit() else last] = value

    return change


WRONG: tuple[tuple[str, object, str], ...] = (
    ("metrics.inertia", "x", 'metrics.inertia: got "x", expected a number'),
    ("metrics.inertia", -1, "metrics.inertia: got -1.0, expected at least 0"),
    ("metrics.silhouette", 1.5, "metrics.silhouette: got 1.5, expected at most 1"),
    ("metrics.silhouette", True, "metrics.silhouette: got true, expected a number"),
    ("metrics.k", 2, "metrics.k: unknown field"),
    ("sweep.0.k", 0, "sweep[0].k: got 0, expected at least 1"),
    ("sweep.0.k", None, "sweep[0].k: missing, expected a whole number"),
    ("sweep.0.gap", 1e200, "sweep[0].gap: got 1e+200, expected at most 1e+100"),
    ("sweep.0.hits", 2.5, "sweep[0].hits: got 2.5, expected a whole number"),
    ("sweep.0.starts", 10**30, f"sweep[0].starts: got {10**30}, expected at most {2**53}"),
    ("sweep.0.out_of_time", "no", 'sweep[0].out_of_time: got "no", expected true or false'),
    ("sweep.0.jaccard", 0.5, "sweep[0].jaccard: got 0.5, expected a list of numbers"),
    ("sweep.0.jaccard", [0.5, {}], "sweep[0].jaccard[1]: got an object, expected a number"),
    ("sweep.0.elbow", 1, "sweep[0].elbow: unknown field"),
    ("training", [], "training: got a list, expected an object"),
    ("training.rows", -1, "training.rows: got -1, expected at least 0"),
    ("training.address", 7, "training.address: got 7, expected a text"),
    ("training.dropped", [], "training.dropped: got a list, expected an object"),
    ("training.dropped.duplicate_id", "2", 'training.dropped.duplicate_id: got "2", expected a'),
    ("training.warnings", "careful", 'training.warnings: got "careful", expected a list of texts'),
    ("training.choice", "given", 'training.choice: got "given", expected an object'),
    ("training.choice.votes.gap", [], "training.choice.votes.gap: got a list, expected a whole"),
    ("training.choice.reason", {}, "training.choice.reason: got an object, expected a text"),
    ("training.samples.gap.rows", "all", 'training.samples.gap.rows: got "all", expected a whole'),
    ("training.samples.gap.error", -1, "training.samples.gap.error: got -1.0, expected at least"),
    ("training.succeeds.kept.0.score", 2, "training.succeeds.kept[0].score: got 2.0, expected at"),
    ("training.succeeds.new", [None], "training.succeeds.new[0]: got null, expected a whole"),
    ("training.edited.segment", "7", 'training.edited.segment: got "7", expected a whole number'),
    ("training.__reduce__", "os.system", "training.__reduce__: unknown field"),
    ("libraries.numpy", 2, "libraries.numpy: got 2, expected a text"),
    ("segments.1.profile", [], "segments[1].profile: got a list, expected an object"),
    ("segments.1.profile.jaccard", "1", 'segments[1].profile.jaccard: got "1", expected a number'),
    (
        "segments.1.profile.features.age",
        40.5,
        "segments[1].profile.features.age: got 40.5, expected an object",
    ),
    (
        "segments.1.profile.features.age.quartiles",
        [1, 2],
        "segments[1].profile.features.age.quartiles: got 2 numbers, expected 3",
    ),
    (
        "segments.1.profile.features.gender.shares.Male",
        2,
        "segments[1].profile.features.gender.shares.Male: got 2.0, expected at most 1",
    ),
    (
        "segments.1.profile.set_apart_by",
        [1],
        "segments[1].profile.set_apart_by[0]: got 1, expected a text",
    ),
)


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_what_is_wrong_is_refused_by_its_field(path: str, value: object, message: str) -> None:
    document = json.loads(json.dumps(first_release() | {"training": RECORD}))
    Model.from_json(sealed(document))
    in_place(path, value)(document)

    with pytest.raises(DocumentError) as refused:
        Model.from_json(sealed(document))

    assert str(refused.value).startswith(f"model.{message}")
