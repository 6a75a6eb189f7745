"""The logger and the metrics of a function, set up once.

Both are Powertools': JSON log lines, and metrics as log lines in CloudWatch's embedded metric
format. Powertools reads ``POWERTOOLS_SERVICE_NAME``, ``POWERTOOLS_LOG_LEVEL`` and
``POWERTOOLS_METRICS_NAMESPACE``. No line holds a value of a customer, nor the text of an error
that may quote one.
"""

from __future__ import annotations

import traceback

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()
# Without a namespace Powertools refuses to write, and the answer would be lost with the metric.
metrics.provider.namespace = metrics.provider.namespace or "Segmentation"


def count(name: str, number: int = 1) -> None:
    """Add to a metric that counts."""
    metrics.add_metric(name, MetricUnit.Count, number)


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
