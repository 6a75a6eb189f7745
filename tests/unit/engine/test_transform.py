"""The engine's logarithm is Python's, bit by bit, on whatever processor this runs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.transform import transformed


@pytest.mark.parametrize("count", [200_000, pytest.param(10_000_000, marks=pytest.mark.slow)])
def test_logarithms_are_those_of_python_to_the_last_bit(count: int) -> None:
    chance = np.random.default_rng(count)
    numbers = np.concatenate(
        [
            np.round(chance.lognormal(4.0, 2.0, count), 2),  # money
            10.0 ** chance.uniform(-320, 100, count),  # all that may be scored
            [0.0, 5e-324, 1.0, 1e100],
        ]
    )

    found = transformed("log1p", numbers)

    expected = np.fromiter(map(math.log1p, numbers.tolist()), np.float64, len(numbers))
    assert np.array_equal(found.view(np.int64), expected.view(np.int64))


def test_a_part_of_a_column_is_transformed_alone() -> None:
    numbers = np.array([7.0, 0.0, math.e - 1, 7.0])

    assert transformed("log1p", numbers[1:3]).tolist() == [0.0, 1.0]


def test_other_columns_stay_as_they_are() -> None:
    numbers = np.array([1.0, 2.0])

    assert transformed("none", numbers) is numbers
