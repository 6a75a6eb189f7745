"""Property tests: a few examples always, many where the slow tests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

QUICK, THOROUGH = 50, 2_500


def property_of(
    *strategies: SearchStrategy[Any], quick: int = QUICK
) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Make a test of a check that has to hold for whatever the strategies give."""

    def decorate(check: Callable[..., None]) -> Callable[[int], None]:
        def test(examples: int) -> None:
            effort = settings(
                max_examples=examples,
                deadline=None,
                print_blob=True,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            effort(given(*strategies)(check))()

        test.__name__, test.__doc__, test.__module__ = (
            check.__name__,
            check.__doc__,
            check.__module__,
        )
        return pytest.mark.parametrize(
            "examples",
            [
                pytest.param(quick, id="quick"),
                pytest.param(THOROUGH, id="thorough", marks=pytest.mark.slow),
            ],
        )(test)

    return decorate
