"""Model documents: valid ones, changed here and there, with and without a fitting checksum."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

from hypothesis import strategies as st

from predict import openapi
from segmentation import answers
from segmentation.errors import CustomerRejected, DocumentError
from segmentation.model import Model
from segmentation.schema import customer_schema
from tests.stress.fuzz.mutations import mutated
from tests.stress.fuzz.target import Target
from tests.support.csvs import MALL_HEADER, deliver_upload
from tests.support.models import MALL_CUSTOMER, SHOPPER, mall_model, shopper_model

_SEEDS = tuple(json.loads(model.to_json()) for model in (mall_model(), shopper_model()))
_CUSTOMERS = (
    MALL_CUSTOMER,
    SHOPPER,
    MALL_CUSTOMER | {"age": 120, "annual_income": 1e100, "spending_score": 100},
    SHOPPER | {"visits": 0, "spend": -1e100},
)
_UPLOADS = (
    f"{MALL_HEADER}\n1,Male,19,15,39\n2,Female,0,1e100,100\n3,x,1,1,1\n".encode(),
    b"shopper,plan,visits,spend\n1,Plus,12,150\n2,Pro,0,-1e100\n3,Basic,1000,1e100\n",
)


def sealed(document: Any) -> bytes:
    """Write a document with the checksum that fits it."""
    if isinstance(document, dict) and "sha256" in document:
        body = {name: value for name, value in document.items() if name != "sha256"}
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        document = document | {"sha256": digest}
    return json.dumps(document).encode()


def _damaged(data: bytes, place: float, cut: int, bits: bytes) -> bytes:
    begin = int(place * len(data))
    return data[:begin] + bits + data[begin + cut :]


_changed = st.sampled_from(_SEEDS).flatmap(mutated)
documents = st.one_of(
    _changed.map(sealed),
    _changed.map(lambda document: json.dumps(document).encode()),
    st.builds(
        _damaged,
        st.sampled_from(_SEEDS).map(sealed),
        st.floats(0, 1),
        st.integers(0, 9),
        st.binary(max_size=3),
    ),
)


def check(data: bytes) -> Counter[str]:
    """Load it: refused by the name of a field, or a model that serves whatever it is asked."""
    try:
        model = Model.from_json(data)
    except DocumentError as exc:
        assert exc.field.startswith("model")
        return Counter(refused=1)
    for view in (answers.segments, answers.description, customer_schema, openapi.document):
        json.dumps(view(model), allow_nan=False)
    for customer in _CUSTOMERS:
        try:
            json.dumps(answers.predict(model, json.dumps(customer)), allow_nan=False)
        except CustomerRejected:
            continue
    for upload in _UPLOADS:
        deliver_upload(model, upload)
    assert Model.from_json(model.to_json()) == model
    return Counter(loaded=1)


TARGET = Target("model documents", documents, check)
