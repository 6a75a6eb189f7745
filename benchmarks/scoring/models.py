"""Models to measure with: k segments of mall customers, the same every time.

A program of its own (``python -m benchmarks.scoring.models REGISTRY``), so that its memory is not
counted into that of the processes which are measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.scoring.cases import VERSIONS
from segmentation.criteria import Criteria
from segmentation.model import Baseline, Column, Model, Segment
from segmentation.registry import Registry
from segmentation.spec import Spec
from segmentation.store import FolderStore
from segmentation.training_record import TrainingRecord
from training.specs.files import load_spec

# Gender (part of men), age, income, score. The decimals keep whole numbers off the borders between
# segments, where a tie could be told one way or the other by rounding.
CENTROIDS = (
    (0.435, 44.483, 59.882, 35.431),
    (0.463, 32.979, 88.731, 79.243),
    (0.429, 25.772, 29.971, 68.514),
    (0.421, 56.157, 53.379, 49.087),
    (0.462, 41.685, 88.229, 17.286),
    (0.381, 45.524, 26.286, 19.381),
    (0.352, 27.004, 56.658, 49.132),
    (0.512, 41.739, 109.716, 82.003),
    (0.487, 23.615, 39.007, 61.279),
    (0.553, 60.212, 54.513, 55.109),
)


def mall_model(spec: Spec, k: int) -> Model:
    """Make a model of the first `k` centroids."""
    return Model(
        version="unpublished",
        created_at="2026-01-01T00:00:00+00:00",
        spec=spec,
        columns=tuple(Column(feature.name, None, 0.0, 1.0) for feature in spec.features),
        segments=tuple(
            Segment(
                id=number,
                name=f"Segment of measured customers {number}",
                description="",
                advice="",
                size=1_000,
                share=1 / k,
                centroid=centroid,
                radius=30.0,
            )
            for number, centroid in enumerate(CENTROIDS[:k])
        ),
        metrics=Criteria(k),
        sweep=(Criteria(k),),
        training=TrainingRecord(),
        libraries={},
        baseline={
            "gender": Baseline(None, (0.56, 0.44)),
            "age": Baseline((25.0, 35.0, 45.0, 55.0), (0.2, 0.2, 0.2, 0.2, 0.2)),
            "annual_income": Baseline((30.0, 50.0, 70.0, 90.0), (0.2, 0.2, 0.2, 0.2, 0.2)),
            "spending_score": Baseline((20.0, 40.0, 60.0, 80.0), (0.2, 0.2, 0.2, 0.2, 0.2)),
        },
    )


def main() -> None:
    """Publish the models of `VERSIONS` into an empty registry."""
    registry = Registry(FolderStore(Path(sys.argv[1])))
    spec = load_spec("mall_customers")
    for k in VERSIONS:
        registry.publish(mall_model(spec, k))


if __name__ == "__main__":
    main()
