"""A model checker in a page: walks every schedule of a world whose moves are known.

Worlds are values. Two schedules that lead to equal worlds go on as one, so that millions of
schedules are walked through some ten thousands of worlds, and none of them is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Violation(AssertionError):
    """A schedule breaks the promise; the message tells the schedule, a step a line."""


class World(Protocol):
    """A state of the whole system."""

    @property
    def key(self) -> Hashable:
        """What the future depends on."""


W = TypeVar("W", bound=World)


@dataclass(frozen=True)
class Explored:
    """How much was walked.

    Parameters
    ----------
    worlds, ends
        Different states of the system, and those of them in which nothing is left to do.
    steps
        Ways from one world to the next; each was checked.
    schedules
        Ways from the beginning to an end, all of them.
    """

    worlds: int = 0
    ends: int = 0
    steps: int = 0
    schedules: int = 0

    def __add__(self, other: Explored) -> Explored:
        return Explored(
            self.worlds + other.worlds,
            self.ends + other.ends,
            self.steps + other.steps,
            self.schedules + other.schedules,
        )

    def __str__(self) -> str:
        return (
            f"{self.schedules:,} schedules over {self.worlds:,} states and {self.steps:,} steps "
            f"to {self.ends:,} ends"
        )


class Explorer(Generic[W]):
    """Walks depth first.

    Parameters
    ----------
    moves
        Gives a name and the next world for everything that can happen; nothing at an end.
    at_end
        Checks an end. Both may raise AssertionError.
    """

    def __init__(
        self, moves: Callable[[W], Iterator[tuple[str, W]]], at_end: Callable[[W], None]
    ) -> None:
        self._moves = moves
        self._at_end = at_end
        self._schedules: dict[Hashable, int] = {}
        self._ends = self._steps = 0

    def explore(self, start: W) -> Explored:
        """Walk every schedule from a beginning.

        Raises
        ------
        Violation
            One of them breaks the promise.
        """
        walked = self._walk(start)
        return Explored(len(self._schedules), self._ends, self._steps, walked)

    def _walk(self, start: W) -> int:
        # By hand in place of recursion: schedules are longer than Python's stack.
        path: list[_Level[W]] = [_Level("start", start.key, start, iter(self._moves(start)))]
        while True:
            level = path[-1]
            try:
                name, world = next(level.left, ("", None))
                if world is None:
                    if level.steps == 0:
                        self._at_end(level.world)
                        self._ends += 1
                        level.schedules = 1
                    self._schedules[level.key] = level.schedules
                    path.pop()
                    if not path:
                        return level.schedules
                    path[-1].schedules += level.schedules
                    continue
            except AssertionError as error:
                raise Violation(_told([step.name for step in path], error)) from error
            level.steps += 1
            self._steps += 1
            key = world.key
            known = self._schedules.get(key)
            if known is None:
                path.append(_Level(name, key, world, iter(self._moves(world))))
            else:
                level.schedules += known


@dataclass
class _Level(Generic[W]):
    name: str
    key: Hashable
    world: W
    left: Iterator[tuple[str, W]]
    steps: int = 0
    schedules: int = 0


def _told(steps: Iterable[str], error: AssertionError) -> str:
    return "\n".join([*steps, f"=> {error}"])
