"""Many customers at once get the segments and distances that the domain gives to each."""

from __future__ import annotations

import numpy as np

from segmentation.features import Value
from segmentation.scoring import assign as assign_one
from tests.support.models import mall_model
from training.clustering.assignment import assign


def test_segments_and_distances_are_those_of_the_scoring_rule_to_the_last_bit() -> None:
    model = mall_model()
    gender, *_ = model.spec.features
    random = np.random.default_rng(0)
    points = np.column_stack(
        [
            random.integers(0, 2, 500),
            random.normal(40, 13, 500).clip(0, 120),
            random.normal(60, 26, 500).clip(0),
            random.normal(50, 25, 500).clip(1, 100),
        ]
    ).astype(np.float64)
    expected = []
    for code, *numbers in points.tolist():
        customer: list[Value] = [gender.read_text(str(int(code))), *numbers]
        one = assign_one(model, customer)
        expected.append((one.segment.id, one.distance))

    labels, distances = assign(points, np.array([one.centroid for one in model.segments]))

    assert list(zip(labels.tolist(), distances.tolist(), strict=True)) == expected


def test_a_tie_goes_to_the_first_centroid() -> None:
    labels, distances = assign(np.array([[1.0]]), np.array([[2.0], [0.0], [2.0]]))

    assert (labels.tolist(), distances.tolist()) == ([0], [1.0])


def test_blocks_leave_no_customer_out() -> None:
    points = np.arange(200_000, dtype=np.float64)[:, None]

    labels, distances = assign(points, np.array([[0.0], [199_999.0]]))

    assert labels.tolist() == [0] * 100_000 + [1] * 100_000
    assert distances[[0, 99_999, 100_000, 199_999]].tolist() == [0, 99_999, 99_999, 0]
