"""What people are told of how far a model can be trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmentation.criteria import Criteria
from segmentation.model import Model
from segmentation.training_record import Choice, Sample, Succession
from tests.support.models import mall_model, training_record
from training.models.cautions import cautions, doubts, notes, reason, warnings

SAMPLES = {
    "silhouette": Sample(rows=200, error=0.011),
    "gap": Sample(rows=150, error=0.02, references=20),
    "stability": Sample(rows=150, error=0.003, bootstraps=100),
}


def model(jaccards: tuple[float, float, float] = (0.9, 0.8, 0.75), gap_vote: int = 3) -> Model:
    plain = mall_model()
    return replace(
        plain,
        segments=tuple(
            replace(one, profile=replace(one.profile, jaccard=jaccard))
            for one, jaccard in zip(plain.segments, jaccards, strict=True)
        ),
        training=replace(
            plain.training,
            choice=Choice(k=3, reason="k = 3 was given.", votes={"gap": gap_vote}),
            samples=SAMPLES,
        ),
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
    trained = replace(
        plain,
        metrics=replace(plain.metrics, starts=starts, hits=hits),
        sweep=(Criteria(k=3, inertia=1.0, starts=starts, hits=hits),),
    )

    assert any("optimum not confirmed" in one for one in doubts(trained)) is doubted
    assert any("not confirmed for k = 3" in one for one in notes(trained)) is doubted


def test_samples_and_a_time_limit_are_told_beside_the_sweep() -> None:
    late = replace(model(), sweep=(Criteria(k=8, inertia=1.0, out_of_time=True),))

    assert notes(late) == [
        "The time limit ended the starts for k = 8: a faster machine may find a better result.",
        "Silhouette: on all customers (n = 200, standard error 0.0110 at k = 3).",
        "Gap statistic: on a sample of the customers "
        "(n = 150, B = 20, standard error 0.0200 at k = 3).",
        "Stability: on a sample of the customers "
        "(n = 150, B = 100, standard error 0.0030 at k = 3).",
        "Stable does not mean separated.",
    ]


def test_a_document_that_does_not_say_how_stability_was_measured_is_doubted_without_n_and_b() -> (
    None
):
    shaky = model((0.5, 0.8, 0.75))

    assert doubts(replace(shaky, training=training_record())) == [
        'segment 0 "Low Income - Low Spending" is not stable: Jaccard 0.500, expected 0.75; and '
        "stable does not mean separated"
    ]


def test_plain_words_leave_the_figures_out() -> None:
    doubtful = model((0.5, 0.8, 0.7), gap_vote=1)
    doubtful = replace(
        doubtful,
        metrics=replace(doubtful.metrics, starts=2_000, hits=1),
        training=replace(doubtful.training, dropped={"not_text": 1_000}),
    )

    assert cautions(doubtful) == [
        "1,000 of 1,200 rows could not be used.",
        "The customers may have no clear groups: take the segments as a handy way to divide "
        "them, not as kinds of customers that exist by themselves.",
        "2 of 3 segments may look different with other customers of the same kind: 0, 2.",
        "There may be a better division: the best one found came up too rarely.",
    ]


def test_with_figures_the_facts_come_first_and_the_doubts_last() -> None:
    told = model((0.5, 0.8, 0.75))
    told = replace(
        told,
        training=replace(
            told.training,
            dropped={"not_text": 1_000, "duplicate_id": 2},
            left_out=3,
            warnings=("age: everybody is 40",),
            succeeds=Succession("v1", new=(7, 8), retired=(1,)),
        ),
    )

    *facts, doubt = warnings(told)

    assert facts == [
        "1,002 rows were dropped: 1,000 not_text, 2 duplicate_id",
        "beside v1: new ids 7, 8; ids gone 1",
        "3 outliers took no part in finding the centres",
        "age: everybody is 40",
    ]
    assert [doubt] == doubts(told)
