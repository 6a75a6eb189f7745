"""Dead letters go back: by SQS's own task, or by hand where a server has none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from operations import redrive as module
from operations.errors import OperationRefused
from operations.redrive import redrive
from segmentation.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DEAD, QUEUE = "https://sqs/1/dead", "https://sqs/1/queue"
ARNS = {DEAD: "arn:aws:sqs:eu-central-1:1:dead", QUEUE: "arn:aws:sqs:eu-central-1:1:queue"}


@pytest.fixture(scope="module")
def client() -> SQSClient:
    return boto3.client("sqs")


@pytest.fixture
def sqs(client: SQSClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Give a client that expects certain calls, beginning with those for both ARNs."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    with Stubber(client) as stubber:
        for url, arn in ARNS.items():
            stubber.add_response(
                "get_queue_attributes",
                {"Attributes": {"QueueArn": arn}},
                {"QueueUrl": url, "AttributeNames": ["All"]},
            )
        yield stubber
        stubber.assert_no_pending_responses()


def move_task(stubber: Stubber, **answer: Any) -> None:
    stubber.add_response(
        "list_message_move_tasks",
        {"Results": [answer]},
        {"SourceArn": ARNS[DEAD], "MaxResults": 1},
    )


def started(stubber: Stubber) -> None:
    stubber.add_response(
        "start_message_move_task",
        {"TaskHandle": "task"},
        {"SourceArn": ARNS[DEAD], "DestinationArn": ARNS[QUEUE]},
    )


def receive(stubber: Stubber, *bodies: str) -> None:
    messages = [
        {"MessageId": body, "ReceiptHandle": f"receipt of {body}", "Body": body} for body in bodies
    ]
    stubber.add_response("receive_message", {"Messages": messages} if messages else {})


def send(stubber: Stubber, bodies: str, refused: str = "") -> None:
    entries = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
    answer: dict[str, list[dict[str, object]]] = {"Successful": [], "Failed": []}
    for entry in entries:
        if entry["MessageBody"] in refused:
            failed = {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"}
            answer["Failed"].append(failed)
        else:
            sent: dict[str, object] = {
                "Id": entry["Id"],
                "MessageId": "new",
                "MD5OfMessageBody": "0" * 32,
            }
            answer["Successful"].append(sent)
    stubber.add_response("send_message_batch", answer, {"QueueUrl": QUEUE, "Entries": entries})


def delete(stubber: Stubber, bodies: str) -> None:
    stubber.add_response(
        "delete_message_batch",
        {"Successful": [{"Id": str(place)} for place, _ in enumerate(bodies)], "Failed": []},
        {
            "QueueUrl": DEAD,
            "Entries": [
                {"Id": str(place), "ReceiptHandle": f"receipt of {body}"}
                for place, body in enumerate(bodies)
            ],
        },
    )


def test_sqs_moves_them_itself_and_its_progress_is_told(sqs: Stubber, client: SQSClient) -> None:
    started(sqs)
    counts = {"ApproximateNumberOfMessagesToMove": 30}
    move_task(sqs, Status="RUNNING", ApproximateNumberOfMessagesMoved=10, **counts)
    move_task(sqs, Status="COMPLETED", ApproximateNumberOfMessagesMoved=30, **counts)
    told: list[tuple[int, int | None]] = []

    assert redrive(client, DEAD, QUEUE, lambda *one: told.append(one)) == 30
    assert told == [(10, 30), (30, 30)]


def test_a_move_that_sqs_gives_up_is_refused_with_its_reason(
    sqs: Stubber, client: SQSClient
) -> None:
    started(sqs)
    move_task(sqs, Status="FAILED", FailureReason="AccessDenied")

    with pytest.raises(OperationRefused, match=f"^{DEAD}: the move is FAILED .* AccessDenied$"):
        redrive(client, DEAD, QUEUE, lambda *_: None)


def test_a_refusal_of_sqs_is_not_gone_around(sqs: Stubber, client: SQSClient) -> None:
    sqs.add_client_error("start_message_move_task", "AccessDenied", http_status_code=403)

    with pytest.raises(TransientError, match=f"^move the messages of {DEAD}: AccessDenied$"):
        redrive(client, DEAD, QUEUE, lambda *_: None)


@pytest.mark.parametrize(("code", "status"), [("InvalidAction", 400), ("InternalError", 500)])
def test_a_server_without_such_a_task_has_them_sent_first_and_then_deleted(
    sqs: Stubber, client: SQSClient, code: str, status: int
) -> None:
    sqs.add_client_error("start_message_move_task", code, http_status_code=status)
    for bodies in ("abc", "d"):
        receive(sqs, *bodies)
        send(sqs, bodies)
        delete(sqs, bodies)
    receive(sqs)

    assert redrive(client, DEAD, QUEUE, lambda *_: None) == 4


def test_what_the_queue_does_not_take_is_not_deleted(sqs: Stubber, client: SQSClient) -> None:
    sqs.add_client_error("start_message_move_task", "InvalidAction", http_status_code=400)
    receive(sqs, "a", "b")
    send(sqs, "ab", refused="b")
    delete(sqs, "a")

    with pytest.raises(TransientError, match=f"^send to {QUEUE}: InternalError, after 1 messages$"):
        redrive(client, DEAD, QUEUE, lambda *_: None)
