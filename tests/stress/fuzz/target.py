"""What is fuzzed: inputs, and a check that has to hold for every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import SearchStrategy

Check = Callable[[Any], Counter[str]]


@dataclass(frozen=True)
class Target:
    """A part of the system that meets what others wrote.

    Parameters
    ----------
    name
        What is fuzzed.
    inputs
        Makes hostile input.
    check
        Hands one to the system and raises unless the answer is one of those promised. Gives what
        happened, in words to count.
    """

    name: str
    inputs: SearchStrategy[Any]
    check: Check

    def run(self, examples: int, seed: int | None = None, *, shrink: bool = True) -> Counter[str]:
        """Check so many inputs.

        Parameters
        ----------
        examples
            How many.
        seed
            Where to begin; without it always at the same place, so that tests repeat.
        shrink
            Look for the smallest input that is wrong, which takes a while.

        Returns
        -------
        happened
            How often; ``inputs`` counts all.

        Raises
        ------
        Exception
            Whatever the check raised.
        """
        happened: Counter[str] = Counter()

        def count(value: Any) -> None:
            happened.update(self.check(value) + Counter(inputs=1))

        effort = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=seed is None,
            print_blob=False,
            phases=list(Phase) if shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        test = given(self.inputs)(count)
        effort(test if seed is None else seeded(seed)(test))()
        return happened
