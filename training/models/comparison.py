"""Two versions side by side: who would move where, what gets better, what callers would notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from segmentation.model import Model
from segmentation.numeric import NumericFeature
from training.clustering.stability import adjusted_rand_index
from training.data.dataset import Dataset
from training.errors import TrainingRefused
from training.models.matching import moved_between, same_space
from training.models.promotion import changed_features, metric, refusals

METRICS = ("silhouette", "stability", "davies_bouldin", "calinski_harabasz", "inertia")


@dataclass(frozen=True, slots=True)
class MetricChange:
    """A figure of quality in both models; None where one does not have it."""

    name: str
    a: float | None
    b: float | None

    @property
    def difference(self) -> float | None:
        """How much higher it is in b."""
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """An id in both models: its name and share there, None where it is not."""

    id: int
    name_a: str | None
    name_b: str | None
    share_a: float | None
    share_b: float | None


@dataclass(frozen=True, slots=True)
class Migration:
    """Where customers move when b serves instead of a.

    Parameters
    ----------
    address
        Where the customers came from.
    rows
        How many there were.
    ids_a, ids_b
        Segment ids of the lines and columns of the table.
    table
        Customers by their segment in a (line) and in b (column).
    ari
        The adjusted Rand index of both labellings: 1 the same groups, about 0 by chance (L. Hubert
        and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985).
    """

    address: str
    rows: int
    ids_a: tuple[int, ...]
    ids_b: tuple[int, ...]
    table: tuple[tuple[int, ...], ...]
    ari: float

    @property
    def stayed(self) -> int:
        """How many keep their segment id."""
        return sum(
            count
            for id_a, line in zip(self.ids_a, self.table, strict=True)
            for id_b, count in zip(self.ids_b, line, strict=True)
            if id_a == id_b
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changes when b serves instead of a.

    Parameters
    ----------
    a, b
        The versions.
    verdict
        One line.
    refusals
        Why the gate would refuse b while a serves; empty: it would pass.
    metrics, segments
        Side by side.
    schema
        What changed in how customers are read, weighed and scaled, one sentence each.
    migration
        None without customers that both models read alike.
    """

    a: str
    b: str
    verdict: str
    refusals: tuple[str, ...]
    metrics: tuple[MetricChange, ...]
    segments: tuple[SegmentChange, ...]
    schema: tuple[str, ...]
    migration: Migration | None

    def to_dict(self) -> dict[str, object]:
        """Give it as one JSON object."""
        found = self.migration
        return {
            "a": self.a,
            "b": self.b,
            "verdict": self.verdict,
            "passes_gate": not self.refusals,
            "refusals": list(self.refusals),
            "metrics": {
                one.name: {"a": one.a, "b": one.b, "difference": one.difference}
                for one in self.metrics
            },
            "segments": [asdict(one) for one in self.segments],
            "schema": list(self.schema),
            "migration": None if found is None else asdict(found) | {"stayed": found.stayed},
        }


def compare(a: Model, b: Model, dataset: Dataset | None = None) -> Comparison:
    """Compare two models.

    Parameters
    ----------
    a
        The one that serves, or that came first.
    b
        The one that might serve instead.
    dataset
        Customers whom both shall place; read under the spec of either.

    Raises
    ------
    TrainingRefused
        The models do not read the same numbers, so no customers can be placed by both.
    """
    if dataset is not None and not same_space(a.spec, b.spec):
        raise TrainingRefused(
            f"{a.version} and {b.version} do not have the same features, expected models that read "
            "the same customers; without customers the rest can be compared"
        )
    reasons = tuple(refusals(b, a))
    found = None if dataset is None else _migration(a, b, dataset)
    return Comparison(
        a=a.version,
        b=b.version,
        verdict=_verdict(a, b, reasons, found),
        refusals=reasons,
        metrics=(
            *(MetricChange(name, metric(a, name), metric(b, name)) for name in METRICS),
            # An inertia grows with the customers that it sums up.
            MetricChange("customers", _rows(a), _rows(b)),
        ),
        segments=tuple(_segments(a, b)),
        schema=(*changed_features(b, a), *_harmless(a, b)),
        migration=found,
    )


def _migration(a: Model, b: Model, dataset: Dataset) -> Migration:
    counts = moved_between(a, b, dataset)
    return Migration(
        address=dataset.address,
        rows=dataset.rows,
        ids_a=tuple(segment.id for segment in a.segments),
        ids_b=tuple(segment.id for segment in b.segments),
        table=tuple(tuple(line) for line in counts.tolist()),
        ari=adjusted_rand_index(counts),
    )


def _segments(a: Model, b: Model) -> Iterator[SegmentChange]:
    for number in sorted({*a.by_id, *b.by_id}):
        old, new = a.by_id.get(number), b.by_id.get(number)
        yield SegmentChange(
            id=number,
            name_a=old.name if old else None,
            name_b=new.name if new else None,
            share_a=old.share if old else None,
            share_b=new.share if new else None,
        )


def _harmless(a: Model, b: Model) -> Iterator[str]:
    """Say what changed that callers need not know of."""
    new = {feature.name: feature for feature in b.spec.features}
    for old in a.spec.features:
        feature = new.get(old.name)
        if feature is None or feature.kind != old.kind:
            continue
        if feature.weight != old.weight:
            yield f'feature "{old.name}": weight {old.weight:g} became {feature.weight:g}'
        if isinstance(feature, NumericFeature) and isinstance(old, NumericFeature):
            for what in ("scaling", "transform", "typical"):
                before, after = getattr(old, what), getattr(feature, what)
                if before != after:
                    yield f'feature "{old.name}": {what} {before} became {after}'
    if a.spec.outliers_beyond != b.spec.outliers_beyond:
        yield (
            f"outliers are left out of the fit beyond {_fence(b.spec.outliers_beyond)}, it was "
            f"{_fence(a.spec.outliers_beyond)}"
        )


def _rows(model: Model) -> float | None:
    return None if model.training.rows is None else float(model.training.rows)


def _fence(beyond: float | None) -> str:
    return "no limit" if beyond is None else f"{beyond:g} interquartile ranges"


def _verdict(a: Model, b: Model, reasons: tuple[str, ...], found: Migration | None) -> str:
    parts = []
    if found is not None:
        stayed = found.stayed / found.rows
        parts.append(f"{stayed:.1%} of {found.rows:,} customers keep their segment")
        parts.append(f"ARI {found.ari:.2f}")
    before, after = metric(a, "silhouette"), metric(b, "silhouette")
    if before is not None and after is not None:
        parts.append(f"silhouette {before:.3f} → {after:.3f}")
    facts = ", ".join(parts)
    if not reasons:
        return f"{b.version} would pass the gate after {a.version}" + (
            f": {facts}" if facts else ""
        )
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return f"{b.version} would be refused after {a.version}: {reasons[0]}{more}" + (
        f"; {facts}" if facts else ""
    )
