"""Requests: bodies that are nearly a customer, nearly JSON, or nothing of the kind."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from tests.stress.fuzz.target import Target
from tests.support.api import JSON, PROBLEM_JSON, Reply, event, invoke
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, registry_of, shopper_model

ANSWERS = {200: JSON} | dict.fromkeys((400, 413, 415, 422), PROBLEM_JSON)
MODELS = {"mall": (mall_model(), MALL_CUSTOMER), "shoppers": (shopper_model(), SHOPPER)}


@dataclass(frozen=True)
class Request:
    """A request to one of the two champions."""

    champion: str
    body: str | bytes | None
    content_type: str | None
    base64: bool


_RAW = (
    *("NaN", "-Infinity", "1e999", "-0", "1" * 400, "1" * 5_000, "0." + "1" * 5_000, "null"),
    *('"\\ud800"', '"\\u0000"', '"=cmd|"', '"30"', '""', "[]", "{}", "[[" * 300, '{"a": 1}'),
    *("01", "1.", "'a'", "1e-400", "5e-324", "1.7976931348623157e308", '"' + "x" * 9_000 + '"'),
    *("true", "+1", "", "1e100", "-1e100", "0.1", "120", "1"),
)
_values = st.sampled_from(_RAW) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
).map(json.dumps)
_KEYS = (*MALL_CUSTOMER, *SHOPPER, "Age", " AGE ", "id", "__proto__", "", "\ud800")
_keys = st.sampled_from(_KEYS) | st.text(max_size=5)


@st.composite
def _near_customers(draw: st.DrawFn, customer: dict[str, Any]) -> str:
    members = [(name, json.dumps(value)) for name, value in customer.items()]
    for _ in range(draw(st.integers(0, 3))):
        member = draw(_keys), draw(_values)
        place = draw(st.integers(0, len(members)))
        members[place : place + draw(st.integers(0, 1))] = [member]
    body = "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in members) + "}"
    if draw(st.integers(0, 3)) == 0:
        body = body[draw(st.integers(0, 4)) : len(body) - draw(st.integers(0, 4))]
    return body


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Make a request."""
    champion = draw(st.sampled_from(tuple(MODELS)))
    near = _near_customers(MODELS[champion][1])
    body: str | bytes | None = draw(
        near if draw(st.integers(0, 3)) else st.one_of(_values, st.text(), st.binary(), st.none())
    )
    if isinstance(body, str) and draw(st.integers(0, 3)) == 0:
        body = body.encode(draw(st.sampled_from(("utf-8", "utf-16", "utf-8-sig"))), "surrogatepass")
    content_type = draw(
        st.sampled_from((JSON,) * 9 + (None, "application/JSON; charset=x", "text/csv", ""))
    )
    return Request(champion, body, content_type, draw(st.integers(0, 9)) == 0)


def check(request: Request) -> Counter[str]:
    """Ask: an answer of the API's own, never that the fault is here."""
    payload = event("POST", "/predictions", request.body, request.content_type)
    if request.base64:
        payload["isBase64Encoded"] = True
    reply = _answered(request.champion, payload)
    assert reply.status in ANSWERS, f"{reply.status}: {reply.text}"
    assert reply.headers["Content-Type"] == ANSWERS[reply.status]
    answer = reply.json
    if reply.status == 200:
        assert answer["model_version"] == "v1"
    else:
        assert (answer["status"], answer["type"]) == (reply.status, "about:blank")
    if reply.status == 422:
        assert all(set(error) == {"field", "code", "message"} for error in answer["errors"])
    return Counter({str(reply.status): 1})


def _answered(champion: str, payload: dict[str, Any]) -> Reply:
    from predict import champion as serving
    from segmentation.champion import ChampionCache

    cache = _caches.setdefault(
        champion, ChampionCache(registry_of(MODELS[champion][0]), float("inf"))
    )
    with (
        mock.patch.object(serving, "_cache", lambda: cache),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        return invoke(payload)


_caches: dict[str, Any] = {}

TARGET = Target("requests", requests(), check)
