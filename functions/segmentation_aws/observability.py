"""The logger and the metrics of a function, set up once.

Both are Powertools': JSON log lines, and metrics as log lines in CloudWatch's embedded metric
format. Powertools reads ``POWERTOOLS_SERVICE_NAME``, ``POWERTOOLS_LOG_LEVEL`` and
``POWERTOOLS_METRICS_NAMESPACE``. No line holds a value of a customer, nor the text of an error
that may quote one.

A metric's only dimension is ``service``, the function's name, where no other is given: CloudWatch
charges for every combination of a name with dimensions.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.metrics import MetricUnit

from segmentation.model import Model

logger = Logger()
metrics = Metrics()
# Without a namespace Powertools refuses to write, and the answer would be lost with the metric.
metrics.provider.namespace = metrics.provider.namespace or "Segmentation"


def count(name: str, number: int = 1) -> None:
    """Add to a metric that counts."""
    measure(name, MetricUnit.Count, number)


def measure(name: str, unit: MetricUnit, value: float) -> None:
    """Add a value to a metric."""
    metrics.add_metric(name, unit, value)


def measure_apart(name: str, unit: MetricUnit, value: float, **dimensions: str) -> None:
    """Write a metric that has other dimensions, in a line of its own."""
    namespace = metrics.provider.namespace
    with single_metric(name, unit, value, namespace=namespace, default_dimensions=dimensions):
        pass


def measure_champion(champion: Model) -> None:
    """Write how old the champion is, in days since it was trained.

    Both functions measure the same thing, so its service is neither's: ``registry``.
    """
    try:
        created = datetime.fromisoformat(champion.created_at)
    except ValueError:  # the document may hold any text; no reason not to serve
        return
    age = datetime.now(UTC) - (created if created.tzinfo else created.replace(tzinfo=UTC))
    measure_apart("ModelAgeDays", MetricUnit.NoUnit, age / timedelta(days=1), service="registry")


def flush() -> None:
    """Write the metrics of this invocation, if there are any."""
    if metrics.provider.metric_set:
        metrics.flush_metrics()


def place_of(error: BaseException) -> list[str]:
    """Say where an error was raised, innermost last, without its text.

    Examples
    --------
    >>> try:
    ...     int("a customer's value")
    ... except ValueError as error:
    ...     place_of(error)
    ['<doctest segmentation_aws.observability.place_of[0]>:2 <module>']
    """
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
