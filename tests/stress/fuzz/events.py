"""Events: messages that are nearly a notification of S3."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from score.events import messages, uploads_of
from segmentation.errors import DocumentError
from tests.stress.fuzz.mutations import mutated
from tests.stress.fuzz.target import Target

_FOLDER = Path(__file__).parents[2] / "events"
_SEEDS = tuple(
    json.loads(path.read_text(encoding="utf-8"))
    for pattern in ("s3-*.json", "sqs-*.json", "rescore.json")
    for path in sorted(_FOLDER.glob(pattern))
)
_KEYS = (
    *(
        "../a.csv",
        "a/../../b.csv",
        "%2e%2e/c.csv",
        "%FF%FE",
        "%",
        "%zz",
        "+",
        "a%00b",
        "\n",
        "\x9b",
    ),
    *("\ud800", "%ED%A0%80", "x" * 1_024, "\u00fc" * 512, "/", "", "folder/"),
    *("\U0001f600", "a\\b"),
)


def _with_key(event: Any, key: str) -> Any:
    if isinstance(event, dict) and isinstance(event.get("object"), dict):
        return event | {"object": {"key": key}}
    if isinstance(event, dict):
        return {name: _with_key(value, key) for name, value in event.items()}
    return [_with_key(one, key) for one in event] if isinstance(event, list) else event


def _in_a_message(event: Any) -> Any:
    body = event if isinstance(event, str) else json.dumps(event)
    return {"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": body}]}


_plain: Callable[[Any], Any] = lambda event: event  # noqa: E731
_seeds = st.one_of(
    st.sampled_from(_SEEDS),
    st.builds(_with_key, st.sampled_from(_SEEDS), st.sampled_from(_KEYS) | st.text(max_size=20)),
)
events = st.builds(
    lambda event, wrap: wrap(event),
    st.one_of(
        _seeds.flatmap(mutated), _seeds, st.text(), st.sampled_from(("[" * 9_999, "1" * 5_000))
    ),
    st.sampled_from((_plain, _in_a_message)),
)


def check(event: Any) -> Counter[str]:
    """Decode it: uploads that S3 could have, or the name of the field that is wrong."""
    try:
        uploads = [upload for message in messages(event) for upload in uploads_of(message)]
    except DocumentError as exc:
        assert exc.field
        return Counter(refused=1)
    for upload in uploads:
        assert upload.key.encode()
        assert upload.bucket.encode()
    return Counter({"decoded": 1, "uploads": len(uploads)})


TARGET = Target("events", events, check)
