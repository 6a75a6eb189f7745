"""Every event of tests/events that the score function meets, decoded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from score.events import Message, UploadChanged, messages, uploads_of
from segmentation.errors import DocumentError

EVENTS = Path(__file__).parents[2] / "events"
BUCKET = "segmentation-uploads-0123456789ab"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def uploads(body: Any) -> list[UploadChanged]:
    return [upload for message in messages(body) for upload in uploads_of(message)]


def notification(key: str) -> dict[str, Any]:
    return {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": key}}}]}


@pytest.mark.parametrize("name", ["s3-put", "sqs-s3-put"])
def test_a_notification_names_an_upload(name: str) -> None:
    assert uploads(event(name)) == [UploadChanged(BUCKET, "customers.csv")]


@pytest.mark.parametrize("name", ["s3-put-awkward-key", "sqs-s3-put-awkward-key"])
def test_keys_of_notifications_are_decoded(name: str) -> None:
    key = "autumn sale/Z\u00fcrich 100%+new.csv"

    assert uploads(event(name)) == [UploadChanged(BUCKET, key)]


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("red+flower.jpg", "red flower.jpg"),
        ("a%2Bb.csv", "a+b.csv"),
        ("100%25.csv", "100%.csv"),
        ("a%2Fb.csv", "a/b.csv"),  # as moto writes it
        ("a/b.csv", "a/b.csv"),
        ("%F0%9F%98%80", "\U0001f600"),
    ],
)
def test_s3_writes_keys_form_urlencoded(written: str, key: str) -> None:
    assert uploads(notification(written)) == [UploadChanged("b", key)]


@pytest.mark.parametrize("name", ["rescore", "sqs-rescore"])
def test_a_rescore_request_names_its_model_and_its_key_as_it_stands(name: str) -> None:
    assert uploads(event(name)) == [UploadChanged(BUCKET, "customers.csv", "v1")]
    request = {"rescore": {"bucket": "b", "key": "a+b%20c", "model_version": "v2"}}
    assert uploads(request) == [UploadChanged("b", "a+b%20c", "v2")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-31T12:00:00.000001Z", "2026-01-31T12:00:00.000001+00:00"),
        ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000000+00:00"),
        ("2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500000+00:00"),
    ],
)
def test_a_rescore_request_may_say_when_it_was_made_in_any_zone(written: str, read: str) -> None:
    request = {"bucket": "b", "key": "k", "model_version": "v2", "requested_at": written}

    assert uploads({"rescore": request}) == [UploadChanged("b", "k", "v2", read)]


@pytest.mark.parametrize(
    "written", ["", "noon", "2026-01-31T12:00:00", "0001-01-01T00:00:00+01:00", 5, "\udfff"]
)
def test_a_time_that_is_none_is_refused(written: object) -> None:
    request = {"bucket": "b", "key": "k", "model_version": "v2", "requested_at": written}

    with pytest.raises(DocumentError, match=r"^event\.rescore\.requested_at: ") as refused:
        uploads({"rescore": request})
    assert refused.value.field == "event.rescore.requested_at"


def test_a_rescore_request_without_a_model_asks_for_what_a_notification_does() -> None:
    request = {
        "bucket": "b",
        "key": "k",
        "model_version": None,
        "requested_at": "2026-01-31T12:00Z",
    }

    assert uploads({"rescore": request}) == [UploadChanged("b", "k")]


def test_a_rescore_request_for_a_folder_speaks_of_no_upload() -> None:
    assert uploads({"rescore": {"bucket": "b", "key": "a/", "model_version": "v1"}}) == []


@pytest.mark.parametrize("name", ["s3-test-event", "sqs-s3-test-event", "s3-put-folder"])
def test_test_events_and_folders_speak_of_no_upload(name: str) -> None:
    assert uploads(event(name)) == []


def test_a_message_keeps_what_its_queue_needs() -> None:
    record = {
        "eventSource": "aws:sqs",
        "messageId": "m-1",
        "receiptHandle": "r-1",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "3"},
    }

    assert messages({"Records": [record]}) == [Message({}, "m-1", "r-1", 3)]


@pytest.mark.parametrize("receives", ["", "-1", "1.5", "many", "\u0663", "9" * 5_000])
def test_an_unreadable_count_of_receives_counts_as_the_first(receives: str) -> None:
    record = {
        "eventSource": "aws:sqs",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": receives},
    }

    assert messages({"Records": [record]}) == [Message({})]


@pytest.mark.parametrize("text", ["", "NaN,", "[" * 100_000, "1" * 5_000], ids=len)
def test_a_message_that_is_no_json_is_refused_as_the_text_that_it_is(text: str) -> None:
    (message,) = messages({"Records": [{"eventSource": "aws:sqs", "body": text}]})

    assert message.body == text
    with pytest.raises(DocumentError, match=r"^event: got "):
        list(uploads_of(message))


def test_several_messages_are_decoded_each_for_itself() -> None:
    records = event("sqs-s3-put")["Records"] + event("sqs-not-an-event")["Records"]

    first, second = messages({"Records": records})

    assert list(uploads_of(first)) == [UploadChanged(BUCKET, "customers.csv")]
    with pytest.raises(DocumentError, match='event: got "please score my file"'):
        list(uploads_of(second))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "event"),
        ([], "event"),
        ("text", "event"),
        ({}, "event.Records"),
        ({"Records": []}, "event.Records"),
        ({"Records": ["x"]}, "event.Records[0]"),
        ({"Records": [{}]}, "event.Records[0].s3"),
        ({"Records": [{"s3": {"bucket": {"name": "b"}}}]}, "event.Records[0].s3.object"),
        (
            {"Records": [{"s3": {"object": {"key": "k"}, "bucket": {}}}]},
            "event.Records[0].s3.bucket.name",
        ),
        ({"rescore": {"bucket": "b"}}, "event.rescore.key"),
        (
            {"rescore": {"bucket": "b", "key": "k", "model_version": ""}},
            "event.rescore.model_version",
        ),
        ({"Event": 5}, "event.Event"),
        (notification(""), "event.Records[0].s3.object.key"),
        (notification("half \ud800 a pair"), "event.Records[0].s3.object.key"),
        ({"rescore": {"bucket": "b", "key": "\udfff", "model_version": "v1"}}, "event.rescore.key"),
    ],
)
def test_a_malformed_event_is_refused_by_its_field(body: Any, field: str) -> None:
    with pytest.raises(DocumentError) as refused:
        uploads(body)

    assert refused.value.field == field
