"""What people are told of how far a model can be trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmentation.model import Model
from tests.support.models import mall_model
from training.models.cautions import doubts, notes, reason
from training.models.summary import warnings

SAMPLES = {
    "silhouette": {"rows": 200, "error": 0.011},
    "gap": {"rows": 150, "error": 0.02, "references": 20},
    "stability": {"rows": 150, "error": 0.003, "bootstraps": 100},
}


def model(jaccards: tuple[float, float, float] = (0.9, 0.8, 0.75), gap_vote: int = 3) -> Model:
    plain = mall_model()
    return replace(
        plain,
        segments=tuple(
            replace(one, profile={**one.profile, "jaccard": jaccard})
            for one, jaccard in zip(plain.segments, jaccards, strict=True)
        ),
        training={
            **plain.training,
            "choice": {"k": 3, "reason": "k = 3 was given.", "votes": {"gap": gap_vote}},
            "samples": SAMPLES,
        },
    )


def test_a_document_without_any_of_it_raises_no_doubts() -> None:
    assert (doubts(mall_model()), notes(mall_model()), reason(mall_model())) == ([], [], "")


def test_an_unstable_segment_is_doubted_with_n_and_b() -> None:
    found = doubts(model((0.9, 0.7401, 0.75)))

    assert found == [
        'segment 1 "High Income - High Spending" is not stable: Jaccard 0.740, expected 0.75 '
        "(n = 150, B = 100); and stable does not mean separated"
    ]
    assert found[0] in warnings(model((0.9, 0.7401, 0.75)))


def test_no_clusters_by_the_gap_statistic_are_told() -> None:
    assert doubts(model(gap_vote=1)) == [
        "the gap statistic sees no clusters: gap(1) ≥ gap(k) - s(k) for every k > 1 (B = 20)"
    ]


@pytest.mark.parametrize(
    ("starts", "hits", "doubted"), [(100, 10, False), (2000, 9, True), (1, 1, False)]
)
def test_an_optimum_that_came_up_too_seldom_is_not_confirmed(
    starts: int, hits: int, doubted: bool
) -> None:
    plain = model()
    figures = {"starts": starts, "hits": hits}
    trained = replace(
        plain, metrics={**plain.metrics, **figures}, sweep=({"k": 3, "inertia": 1.0, **figures},)
    )

    assert any("optimum not confirmed" in one for one in doubts(trained)) is doubted
    assert any("not confirmed for k = 3" in one for one in notes(trained)) is doubted


def test_samples_and_a_time_limit_are_told_beside_the_sweep() -> None:
    late = replace(model(), sweep=({"k": 8, "inertia": 1.0, "out_of_time": True},))

    assert notes(late) == [
        "The time limit ended the starts for k = 8: a faster machine may find a better result.",
        "Silhouette: on all customers (n = 200, standard error 0.0110 at k = 3).",
        "Gap statistic: on a sample of the customers "
        "(n = 150, B = 20, standard error 0.0200 at k = 3).",
        "Stability: on a sample of the customers "
        "(n = 150, B = 100, standard error 0.0030 at k = 3).",
        "Stable does not mean separated.",
    ]
