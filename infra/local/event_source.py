"""Which queue calls which function, as the template says."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.deployment import Deployment
from infra.local.errors import TemplateError
from infra.local.template import JsonObject

# MaximumConcurrency is above one by Lambda's rules; here one event runs at a time.
_KNOWN = {"BatchSize", "EventSourceArn", "FunctionName", "FunctionResponseTypes", "ScalingConfig"}
_DEFAULT_BATCH_SIZE = 10  # Lambda's own


@dataclass(frozen=True, slots=True)
class EventSource:
    """An ``AWS::Lambda::EventSourceMapping`` of a queue.

    Attributes
    ----------
    queue_arn, queue_url : str
        Where the messages are.
    function_name : str
        Who gets them.
    batch_size : int
        How many at most in one event.
    reports_batch_item_failures : bool
        Whether the function names the messages that failed, in place of failing them all.
    """

    queue_arn: str
    queue_url: str
    function_name: str
    batch_size: int
    reports_batch_item_failures: bool


def read_event_sources(deployment: Deployment) -> list[EventSource]:
    """The event sources of the stack.

    Raises
    ------
    TemplateError
        One has a setting that the local poller does not play.
    """
    urls = {
        deployment.resolver.resolve({"Fn::GetAtt": [queue, "Arn"]}): deployment.physical_id(queue)
        for queue in deployment.properties_of("AWS::SQS::Queue")
    }
    mappings = deployment.properties_of("AWS::Lambda::EventSourceMapping")
    return [_event_source(name, properties, urls) for name, properties in mappings.items()]


def _event_source(name: str, properties: JsonObject, urls: dict[str, str]) -> EventSource:
    if unknown := sorted(set(properties) - _KNOWN):
        raise TemplateError(f"{name}: the local poller does not play {', '.join(unknown)}")
    return EventSource(
        queue_arn=properties["EventSourceArn"],
        queue_url=urls[properties["EventSourceArn"]],
        function_name=properties["FunctionName"],
        batch_size=int(properties.get("BatchSize", _DEFAULT_BATCH_SIZE)),
        reports_batch_item_failures="ReportBatchItemFailures"
        in properties.get("FunctionResponseTypes", []),
    )
