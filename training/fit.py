"""The training job from customers to a published version: what ``segment fit`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segmentation.errors import DocumentError, RegistryError
from segmentation.model import Model
from segmentation.registry import Registry
from segmentation.spec import Spec
from training.clustering.sweep import Options
from training.data.reading import read_customers
from training.errors import PromotionRefused
from training.job import train
from training.models.matching import highest_id_given, succeed, with_fresh_ids
from training.models.promotion import promote
from training.report import attach_report, html_report
from training.report.pictures import draw

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Tell = Callable[[str, int, int | None], None]
"""Takes what is done now, how many steps are done, and how many there are (None: not known)."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a training has come to.

    Parameters
    ----------
    model
        The new version, published.
    report
        The HTML report, which is published beside the model.
    serves
        Whether the version was promoted.
    refusal
        Why the gate kept it from serving, where that was asked for; else None.
    """

    model: Model
    report: str
    serves: bool = False
    refusal: PromotionRefused | None = None


def fit(
    address: str,
    spec: Spec,
    options: Options,
    registry: Registry,
    s3: Callable[[], S3Client],
    *,
    fresh_ids: bool = False,
    promote_by: str | None = None,
    tell: Tell = lambda _doing, _done, _total: None,
) -> Fitted:
    """Train on the customers at an address, publish the model and its report, and promote it.

    Parameters
    ----------
    address
        A CSV or Parquet file, a folder of them, or either as ``s3://bucket/key``.
    spec
        What a customer is.
    options
        How to train.
    registry
        Where the version is published. Its champion passes ids, names and advice on.
    s3
        Makes the boto3 S3 client; called only for an S3 address.
    fresh_ids
        Give all segments new ids instead.
    promote_by
        Who lets the version serve if it passes the gate; None: nobody.
    tell
        Is told how far the work is.

    Raises
    ------
    DataError, TrainingRefused
        The customers cannot be read, or do not give the model that was asked for.
    RegistryError
        The champion is damaged, so that its ids cannot be kept.
    TransientError
        S3 did not answer, or refused.
    """
    champion = None if fresh_ids else _champion(registry)  # before the long work
    tell(f"Reading {address}", 0, None)
    dataset = read_customers(address, spec, s3)
    trained = train(dataset, options, on_progress=tell)
    highest_id = highest_id_given(registry)
    model = registry.publish(
        with_fresh_ids(trained, highest_id)
        if fresh_ids
        else succeed(trained, dataset, champion, highest_id)
    )
    report = html_report(model, draw(model, dataset))
    attach_report(registry, model.version, report)
    if promote_by is None:
        return Fitted(model, report)
    try:
        promote(registry, model.version, by=promote_by, why="segment fit --promote")
    except PromotionRefused as exc:
        return Fitted(model, report, refusal=exc)
    return Fitted(model, report, serves=True)


def _champion(registry: Registry) -> Model | None:
    """Load the model whose segments keep their ids; None before the first promotion."""
    version = registry.champion().version
    if version is None:
        return None
    try:
        return registry.load(version)
    except DocumentError as exc:
        raise RegistryError(
            f"{registry.address}: the champion {version} is damaged ({exc}), so its segment ids "
            "cannot be kept; --fresh-ids goes on without them"
        ) from exc
