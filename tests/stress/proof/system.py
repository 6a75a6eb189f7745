"""The system around `deliver` as a world to explore: buckets, a queue, sandboxes, people, faults.

What can happen next, in any order: a sandbox takes an event; one of its calls is answered, with or
without a fault; it acknowledges the event; a person overwrites or deletes the upload; another
model is promoted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from segmentation.errors import NoChampion, SegmentationError, TransientError
from tests.stress.proof.figures import Stale, ensure
from tests.stress.proof.promise import check_commit, check_settled, check_whole
from tests.stress.proof.sandbox import Answer, Place, Program
from tests.support.memory_bucket import Call, MemoryBucket, MemoryObjects

READS = frozenset({"head", "get", "read", "load"})


class Event(NamedTuple):
    """A message: the upload changed, or is to be scored again by a version, asked for at a time."""

    version: str = ""
    requested_at: str = ""
    receives: int = 0


class Running(NamedTuple):
    """A sandbox at work on an event."""

    place: Place
    event: Event


@dataclass(frozen=True)
class Scenario:
    """What there is at the beginning, and what people do meanwhile.

    Parameters
    ----------
    people
        Done in this order at any time: bytes overwrite the upload, None deletes it.
    upload
        What was dropped first; its event is in the queue.
    before
        An older upload with outputs by model v0.
    events
        How many tell of the first upload.
    rescore
        Requests to score the upload again.
    champions
        Who serves at first, and who is promoted meanwhile; None: nobody.
    faults
        How many calls at most go wrong, or sandboxes die.
    sandboxes
        How many work at once.
    receives
        How often an event is tried before it becomes a dead letter.
    attempts
        How often a delivery starts over.
    late
        Whether one of the faults may be a write that takes effect only after its sender gave up.
    versioned
        Whether the uploads bucket has versions.
    """

    people: tuple[bytes | None, ...] = ()
    upload: bytes = b"A 3 1"
    before: bytes | None = None
    events: int = 1
    rescore: tuple[Event, ...] = ()
    champions: tuple[str | None, ...] = ("v1",)
    faults: int = 0
    sandboxes: int = 2
    receives: int = 3
    attempts: int = 4
    late: bool = False
    versioned: bool = True


class Stored:
    """Objects that nobody changes any more, with a small key."""

    __slots__ = ("key", "objects")

    _keys: ClassVar[dict[Hashable, int]] = {}

    def __init__(self, objects: MemoryObjects) -> None:
        self.objects = objects
        states = (
            tuple(sorted((key, state.etag) for key, (_, state) in objects.objects.items())),
            # Old versions are left out: an id stands for its bytes, and nobody asks for them.
            tuple(sorted(objects.writes.items())) if objects.versioned else (),
            tuple(sorted((name, len(parts)) for name, (_, parts) in objects.unfinished.items())),
        )
        self.key = self._keys.setdefault(states, len(self._keys))


class System(NamedTuple):
    """One state of everything."""

    setting: Setting
    uploads: Stored
    results: Stored
    queue: tuple[Event, ...]
    dead: tuple[Event, ...]
    sandboxes: tuple[Running | None, ...]
    people: int
    promotions: int
    faults: int
    committed: int
    """The upload that the report is about, in the order of their coming; -1: no report."""
    late: Call | None = None
    """A write that is still under way though its sender gave up."""

    @property
    def key(self) -> Hashable:
        """What the future depends on; which sandbox is which does not matter."""
        running = sorted([(one.place.number, one.event) for one in self.sandboxes if one])
        return (
            self.uploads.key,
            self.results.key,
            self.queue,
            self.dead,
            tuple(running),
            self.people,
            self.promotions,
            self.faults,
            self.committed,
            self.late,
        )


class Setting:
    """A scenario with the program that its sandboxes run: what happens next, and what must hold."""

    def __init__(self, program: Program, scenario: Scenario) -> None:
        self.program = program
        self.scenario = scenario
        self._key = program.key
        self._puts: list[tuple[str, bytes]] = []

    def start(self) -> System:
        """Give the beginning."""
        uploads = MemoryBucket("uploads", MemoryObjects(self.scenario.versioned))
        results = MemoryBucket("results")
        overwrites = [data for data in self.scenario.people if data is not None]
        if self.scenario.before is not None:
            self._put(uploads.server, self.scenario.before)
            self.program.perform(uploads, results, "v0")
        self._put(uploads.server, self.scenario.upload)
        self._at_first = len(self._puts)
        scratch = uploads.server.copy()
        for data in overwrites:
            self._put(scratch, data)
        events = [Event()] * self.scenario.events
        events += self.scenario.rescore
        return System(
            setting=self,
            uploads=Stored(uploads.server),
            results=Stored(results.server),
            queue=tuple(sorted(events)),
            dead=(),
            sandboxes=(None,) * self.scenario.sandboxes,
            people=0,
            promotions=0,
            faults=self.scenario.faults,
            committed=self._at_first - 2,
        )

    def _put(self, uploads: MemoryObjects, data: bytes) -> None:
        self._puts.append((uploads.overwrite(self._key, data).etag, data))

    def _puts_so_far(self, system: System) -> list[tuple[str, bytes]]:
        done = self.scenario.people[: system.people]
        return self._puts[: self._at_first + sum(data is not None for data in done)]

    # What can happen next

    def moves(self, system: System) -> Iterator[tuple[str, System]]:
        """Give everything that can happen next."""
        yield from self._people(system)
        if system.late is not None:
            for _, after in self._answers(system, system.late):
                yield "a late write arrives", after._replace(late=None)
        for number, running in enumerate(system.sandboxes):
            if running is None:
                for event in dict.fromkeys(system.queue):
                    yield self._takes(system, number, event)
            else:
                for what, next_one in self._works(system, number, running):
                    yield f"{number}: {what}", next_one

    def _people(self, system: System) -> Iterator[tuple[str, System]]:
        if system.people < len(self.scenario.people):
            data = self.scenario.people[system.people]
            objects = system.uploads.objects.copy()
            queue = system.queue
            if data is None:
                objects.delete(self._key)
            else:
                objects.overwrite(self._key, data)
                queue = tuple(sorted((*queue, Event())))
            yield (
                f"people: {'delete' if data is None else data.decode()}",
                system._replace(uploads=Stored(objects), queue=queue, people=system.people + 1),
            )
        if system.promotions < len(self.scenario.champions) - 1:
            promotions = system.promotions + 1
            yield (
                f"people: promote {self.scenario.champions[promotions]}",
                system._replace(promotions=promotions),
            )

    def _takes(self, system: System, number: int, event: Event) -> tuple[str, System]:
        queue = list(system.queue)
        queue.remove(event)
        place = self.program.start(self.scenario.attempts, event.version, event.requested_at)
        taken = system._replace(queue=tuple(queue))
        return f"{number}: takes {event}", self._now(taken, number, Running(place, event))

    def _works(self, system: System, number: int, running: Running) -> Iterator[tuple[str, System]]:
        if system.faults:
            faulty = system._replace(faults=system.faults - 1)
            yield "dies", self._dead(faulty, number, running)
        call = running.place.call
        if call is None:
            yield "acknowledges", self._now(system, number, None)
            return
        told = f"{call.operation} {call.key}"
        for answer, after in self._answers(system, call):
            yield told, self._answered(after, number, running, answer)
            if system.faults:
                error = Answer(error=TransientError)
                felt = after._replace(faults=system.faults - 1)
                yield f"{told} fails", self._answered(faulty, number, running, error)
                if call.operation not in READS and answer.error is None:
                    if self.scenario.late and system.late is None:
                        after_all = faulty._replace(late=call)
                        yield f"{told} is late", self._answered(after_all, number, running, error)
                    for again in (True, False):
                        yield self._unheard(felt, number, running, answer, again)

    def _unheard(
        self, after: System, number: int, running: Running, answer: Answer, again: bool
    ) -> tuple[str, System]:
        """The call took effect and its answer got lost; the SDK repeats it, or gives up."""
        call = running.place.call
        assert call is not None
        if call.operation == "create":
            after = _expired(after, (answer.value,))
        if not again:
            error = Answer(error=TransientError)
            return f"{call.operation} is lost", self._answered(after, number, running, error)
        ((repeated, after),) = self._answers(after, call)
        return f"{call.operation} is repeated", self._answered(after, number, running, repeated)

    def _answers(self, system: System, call: Call) -> Iterator[tuple[Answer, System]]:
        """Perform a call; only the model that serves can be one of several."""
        if call.bucket == "registry":
            served = self.scenario.champions[: system.promotions + 1]
            # A sandbox may go on with a champion that it has looked up a while ago.
            versions = {call.key} if call.key else {one for one in served if one}
            for version in sorted(versions):
                yield Answer(version), system
            if not call.key and served[0] is None:
                yield Answer(error=NoChampion), system
            return
        stored: Stored = getattr(system, call.bucket)
        writes = call.operation not in READS
        objects = stored.objects.copy() if writes else stored.objects
        try:
            value: Any = getattr(objects, call.operation)(call.key, *call.arguments)
        except SegmentationError as error:
            yield Answer(error=type(error)), system
            return
        if not writes:
            yield Answer(value), system
            return
        assert call.bucket == "results", "an upload is only ever read"
        committed = system.committed
        puts = self._puts_so_far(system)
        check_whole(objects, self.program.outputs, puts)
        if call.key == self.program.outputs.report:
            committed = check_commit(objects, self.program.outputs, puts, system.committed)
        yield Answer(value), system._replace(results=Stored(objects), committed=committed)

    def _answered(self, system: System, number: int, running: Running, answer: Answer) -> System:
        call = running.place.call
        if call is not None and call.operation == "abort" and answer.error is not None:
            system = _expired(system, call.arguments)
        place = running.place.answered(answer)
        if place.call is None and place.error is not None:
            return self._put_back(self._now(system, number, None), running.event)
        if place.call is None and not system.faults:
            return self._now(system, number, None)  # nobody else sees that it acknowledges
        return self._now(system, number, Running(place, running.event))

    def _dead(self, system: System, number: int, running: Running) -> System:
        system = _expired(system, running.place.begun)
        return self._put_back(self._now(system, number, None), running.event)

    def _put_back(self, system: System, event: Event) -> System:
        event = event._replace(receives=event.receives + 1)
        if event.receives < self.scenario.receives:
            return system._replace(queue=tuple(sorted((*system.queue, event))))
        return system._replace(dead=tuple(sorted((*system.dead, event))))

    @staticmethod
    def _now(system: System, number: int, running: Running | None) -> System:
        sandboxes = list(system.sandboxes)
        sandboxes[number] = running
        return system._replace(sandboxes=tuple(sandboxes))

    # What must hold

    def at_end(self, system: System) -> None:
        """Check the promise where nothing is left to do but the dead letters, then redrive them."""
        uploads = MemoryBucket("uploads", system.uploads.objects.copy())
        results = MemoryBucket("results", system.results.objects.copy())
        assert not results.server.unfinished, "a multipart upload stays open"
        champion = self.scenario.champions[system.promotions] or "v1"
        if uploads.head(self._key) is not None:
            if not system.dead:
                self._check_settled(uploads, results)
            for event in system.dead:
                self.program.perform(uploads, results, champion, event.version, event.requested_at)
            self._check_rescored(self._check_settled(uploads, results))
        writes = dict(results.server.writes)
        self.program.perform(uploads, results, champion)
        assert results.server.writes == writes or self.scenario.late, "a second delivery wrote"

    def _check_settled(self, uploads: MemoryBucket, results: MemoryBucket) -> dict[str, Any]:
        # A late write may put the same bytes there once more: another version, the same set.
        exact = not self.scenario.late
        return check_settled(uploads.server, results.server, self._key, exact=exact)

    def _check_rescored(self, report: dict[str, Any]) -> None:
        requests = self.scenario.rescore
        last = max((event.requested_at for event in requests), default="")
        wanted = {event.version for event in requests if event.requested_at == last}
        if self.scenario.people:
            # Of a newer upload the champion decides, if its event comes after the rescore.
            wanted |= {version for version in self.scenario.champions if version}
        told = f"asked last for {wanted}, scored by {report['model_version']}"
        ensure(not requests or report["model_version"] in wanted, told, Stale)


def _expired(system: System, upload_ids: tuple[str, ...]) -> System:
    """The lifecycle rule removes multipart uploads that nobody can know of any more."""
    if not any(name in system.results.objects.unfinished for name in upload_ids):
        return system
    objects = system.results.objects.copy()
    for name in upload_ids:
        objects.unfinished.pop(name, None)
    return system._replace(results=Stored(objects))
