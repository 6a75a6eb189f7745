"""A trained model's document, changed anywhere and sealed again, in front of all its readers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import strategies as st

from segmentation import answers
from segmentation.errors import DocumentError
from segmentation.model import Model
from tests.stress.fuzz.documents import sealed
from tests.stress.fuzz.mutations import mutated
from tests.stress.fuzz.target import Target
from tests.support.cli import segment
from tests.support.customers import read, sample_file
from tests.support.models import MALL_CUSTOMER
from training.clustering.starts import Starts
from training.clustering.sweep import Options
from training.job import train
from training.models.matching import succeed
from training.models.renaming import renamed
from training.report import html_report

_COMMANDS = (
    ("models", "list"),
    ("models", "list", "--json"),
    ("models", "show", "v2"),
    ("models", "show", "v2", "--json"),
    ("models", "compare", "v1", "v2"),
    ("models", "compare", "v2", "v1", "--json"),
    ("predict", "--model", "v2"),
)
_TOLD = ("metrics", "sweep", "training", "libraries", "segments")
"""The parts that people read, and that serving can do without."""


@cache
def documents() -> tuple[Any, Any]:
    """Train v1, and v2 that succeeds it and says all that a document can say."""
    with TemporaryDirectory() as folder:
        data = read(sample_file(Path(folder) / "customers.csv", 120))
    few = Options(k=3, largest_k=4, starts=Starts.exactly(2), references=2, bootstraps=2)
    first = train(data, few).with_version("v1")
    dropped = replace(data, dropped={"duplicate_id": 2, "not_text": 1})
    second = succeed(train(dropped, replace(few, k=4)), data, first, first.highest_id)
    second = renamed(second.with_version("v2"), second.segments[0].id, name="The first")
    return json.loads(first.to_json()), json.loads(second.to_json())


@st.composite
def _changed(draw: st.DrawFn) -> Any:
    document = documents()[1]
    part = draw(st.sampled_from((None, *_TOLD)))
    if part is None:
        return draw(mutated(document))
    return document | {part: draw(mutated(document[part]))}


def check(data: bytes) -> Counter[str]:
    """Read it in every way there is: refused in one line by all, or answered by all."""
    with TemporaryDirectory() as registry:
        for version, written in (("v1", sealed(documents()[0])), ("v2", data)):
            place = Path(registry) / "models" / version / "model.json"
            place.parent.mkdir(parents=True)
            place.write_bytes(written)
        for command in _COMMANDS:
            outcome = segment(*command, "--registry", registry, stdin=json.dumps(MALL_CUSTOMER))
            assert not outcome.code or (outcome.refusal and "list" not in command)
    try:
        model = Model.from_json(data)
    except DocumentError:
        return Counter(refused=1)
    html_report(model)
    for view in (answers.segments, answers.description):
        json.dumps(view(model), allow_nan=False)
    assert Model.from_json(model.to_json()) == model
    return Counter(loaded=1)


TARGET = Target("trained models", _changed().map(sealed), check)
