"""Two versions side by side; expected figures by hand and by scikit-learn."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.criteria import Criteria
from segmentation.model import Model
from tests.support.models import mall_model, numeric_features, shopper_model
from training.data.dataset import Dataset
from training.errors import TrainingRefused
from training.models.comparison import compare

A = mall_model("v1")
"""Centres (0.5, 45, 60, 35), (0.5, 33, 90, 80), (0.5, 26, 30, 70)."""

CENTRES = [segment.centroid for segment in A.segments]


def moved(**changes: object) -> Model:
    """Give v2, in which segment 2 is the one of the middle: its centre is nearer to customers."""
    first, second, third = A.segments
    third = replace(third, centroid=(0.5, 38.0, 48.0, 47.0))
    return replace(A, version="v2", segments=(first, second, third), **changes)  # type: ignore[arg-type]


def customers(*rows: tuple[float, ...]) -> Dataset:
    return Dataset(A.spec, np.array(rows), "november.csv", "", 1, {})


# One on each old centre, and three who are 0 in v1 and 2 in v2.
SIX = customers(*CENTRES, *[(0.0, 41.0, 52.0, 44.0)] * 3)


def test_the_migration_table_counts_who_moves_where() -> None:
    found = compare(A, moved(), SIX).migration

    assert found is not None
    assert (found.ids_a, found.ids_b) == ((0, 1, 2), (0, 1, 2))
    # The customer on the centre of 2 stays there: the new one is (12, 18, 23) away, 0 is farther.
    assert found.table == ((1, 0, 3), (0, 1, 0), (0, 0, 1))
    assert (found.rows, found.stayed, found.address) == (6, 3, "november.csv")
    labels_a, labels_b = [0, 0, 0, 0, 1, 2], [0, 2, 2, 2, 1, 2]
    assert found.ari == pytest.approx(adjusted_rand_score(labels_a, labels_b))


def test_one_line_says_what_the_gate_would_do() -> None:
    better = moved(metrics=Criteria(3, silhouette=0.31))
    worse = moved(metrics=Criteria(3, silhouette=0.1))

    assert compare(A, better, SIX).verdict.startswith(
        "v2 would pass the gate after v1: 50.0% of 6 customers keep their segment, ARI "
    )
    assert compare(A, better).verdict == "v2 would pass the gate after v1: silhouette 0.250 → 0.310"
    assert compare(A, worse).verdict == (
        "v2 would be refused after v1: silhouette 0.100 is far below the 0.250 of v1, expected at "
        "least 0.150; silhouette 0.250 → 0.100"
    )
    assert not compare(A, better).refusals
    assert len(compare(A, worse).refusals) == 1


def test_figures_of_quality_stand_side_by_side() -> None:
    new = moved(metrics=Criteria(3, silhouette=0.5, stability=0.9))

    metrics = {one.name: one for one in compare(A, new).metrics}

    assert (metrics["silhouette"].a, metrics["silhouette"].b) == (0.25, 0.5)
    assert metrics["silhouette"].difference == 0.25
    # v1 was trained before anybody measured it.
    assert (metrics["stability"].a, metrics["stability"].b) == (None, 0.9)
    assert metrics["stability"].difference is None


def test_segments_that_are_gone_or_new_are_told() -> None:
    first, second, third = A.segments
    new = replace(A, version="v2", segments=(first, second, replace(third, id=7, name="Others")))

    changes = {one.id: one for one in compare(A, new).segments}

    assert sorted(changes) == [0, 1, 2, 7]
    assert (changes[2].name_a, changes[2].name_b) == ("Young Low Income - High Spending", None)
    assert (changes[7].name_a, changes[7].name_b) == (None, "Others")
    assert changes[0].share_a == changes[0].share_b == 0.62


def test_changes_of_the_spec_are_told_whether_they_break_callers_or_not() -> None:
    gender, *_ = A.spec.features
    age, income, score = numeric_features(A.spec)
    spec = replace(
        A.spec,
        features=(
            gender,
            replace(age, scaling="standard"),
            replace(income, weight=2.0, transform="log1p"),
            replace(score, valid=replace(score.valid, maximum=50.0)),
        ),
        outliers_beyond=3.0,
    )

    assert compare(A, replace(A, version="v2", spec=spec)).schema == (
        'feature "spending_score" changed: valid is 1 to 50, it was 1 to 100',
        'feature "age": scaling none became standard',
        'feature "annual_income": weight 1 became 2',
        'feature "annual_income": transform none became log1p',
        "outliers are left out of the fit beyond 3 interquartile ranges, it was no limit",
    )


def test_models_of_other_features_are_compared_without_customers_only() -> None:
    other = shopper_model("v2")

    assert 'feature "age" of v1 is gone' in compare(A, other).schema
    with pytest.raises(TrainingRefused, match="v1 and v2 do not have the same features"):
        compare(A, other, SIX)


def test_it_is_one_json_object() -> None:
    told = json.loads(json.dumps(compare(A, moved(), SIX).to_dict(), allow_nan=False))

    assert (told["a"], told["b"], told["passes_gate"]) == ("v1", "v2", True)
    assert told["migration"]["table"] == [[1, 0, 3], [0, 1, 0], [0, 0, 1]]
    assert told["migration"]["stayed"] == 3
    assert told["metrics"]["silhouette"] == {"a": 0.25, "b": 0.25, "difference": 0.0}
