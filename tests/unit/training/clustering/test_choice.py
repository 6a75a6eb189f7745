"""The silhouette chooses k; all criteria are heard, and who disagrees is named."""

from __future__ import annotations

import pytest

from segmentation.criteria import Criteria
from training.clustering.choice import choose


def row(k: int, silhouette: float | None = None, **figures: float) -> Criteria:
    inertia = figures.pop("inertia", 100.0 / k)
    davies, calinski = figures.pop("davies", None), figures.pop("calinski", None)
    return Criteria(k, inertia, silhouette, davies, calinski, 10, 1, 1, **figures)  # type: ignore[arg-type]


def chosen(sweep: list[Criteria]) -> int | None:
    choice = choose(sweep)
    return None if choice is None else choice.k


def test_the_highest_silhouette_chooses_k() -> None:
    assert chosen([row(1), row(2, 0.3), row(3, 0.5), row(4, 0.4)]) == 3


def test_the_smaller_k_wins_a_tie_to_rounding() -> None:
    assert chosen([row(1), row(2, 0.3), row(3, 0.5), row(4, 0.5 + 1e-12)]) == 3


def test_without_any_silhouette_there_is_no_choice() -> None:
    assert chosen([row(1), row(2)]) is None


def test_one_sentence_names_who_agrees_and_who_does_not() -> None:
    sweep = [
        row(1, inertia=100, gap=0.1, gap_s=0.01),
        row(2, 0.30, inertia=50, davies=1.2, calinski=90, gap=0.2, gap_s=0.01, stability=0.99),
        row(3, 0.55, inertia=10, davies=0.6, calinski=150, gap=0.5, gap_s=0.01, stability=0.95),
        row(4, 0.50, inertia=9, davies=0.7, calinski=151, gap=0.4, gap_s=0.01, stability=0.80),
        row(5, 0.40, inertia=8, davies=0.9, calinski=140, gap=0.3, gap_s=0.01, stability=0.70),
    ]

    choice = choose(sweep)

    assert choice is not None
    assert choice.votes == {
        "silhouette": 3,
        "elbow": 3,
        "davies_bouldin": 3,
        "calinski_harabasz": 4,
        "gap": 3,
        "stability": 2,
    }
    assert choice.disagree == ("calinski_harabasz", "stability")
    assert choice.reason == (
        "k = 3 has the highest silhouette of k = 2 to 5 (0.550); elbow, Davies-Bouldin and gap "
        "statistic agree; Calinski-Harabasz favours 4; stability favours 2."
    )


def test_a_given_k_is_kept_whatever_the_criteria_say() -> None:
    choice = choose([row(1), row(2, 0.3), row(3, 0.5)], given=2)

    assert choice is not None
    assert (choice.k, choice.rule) == (2, "given")
    assert "silhouette" in choice.disagree
    assert choice.reason.startswith("k = 2 was given; ")
    assert "silhouette favours 3" in choice.reason


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        # gap(1) = 0.50 is at least gap(k) - s(k) for both others: no clusters.
        ([(0.50, 0.05), (0.40, 0.05), (0.54, 0.05)], 1),
        # It is less than 0.56 - 0.05 of k = 3, and so is 0.40.
        ([(0.50, 0.05), (0.40, 0.05), (0.56, 0.05)], 3),
        # 0.60 of k = 2 is not beaten by 0.64 within its error, and 1 is beaten by 2.
        ([(0.50, 0.05), (0.60, 0.05), (0.64, 0.05)], 2),
    ],
)
def test_the_gap_statistic_favours_the_smallest_k_that_none_beats_beyond_its_error(
    gaps: list[tuple[float, float]], expected: int
) -> None:
    sweep = [
        row(k, None if k == 1 else 0.3, gap=gap, gap_s=s) for k, (gap, s) in enumerate(gaps, 1)
    ]

    choice = choose(sweep)

    assert choice is not None
    assert choice.votes["gap"] == expected
    assert ("gap statistic sees no clusters" in choice.reason) == (expected == 1)
