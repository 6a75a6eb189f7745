"""The words of a spec are read completely, or refused by the name of the field."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.document import Section
from segmentation.errors import DocumentError
from segmentation.naming import BaseWord, Naming, Prefix, SegmentText

NUMERIC = {"age", "income"}


def raw(**changed: Any) -> dict[str, Any]:
    naming = {
        "base": [{"feature": "income", "word": "Income"}],
        "prefixes": [{"feature": "age", "low": "Young", "high": "Older"}],
        "texts": [{"name": "Low Income", "description": "Few means", "advice": "Fair prices"}],
    }
    return {"naming": naming | changed}


def read(**changed: Any) -> Naming:
    return Naming.read(Section(raw(**changed), "spec"), NUMERIC)


def test_words_prefixes_and_texts_are_read() -> None:
    assert read() == Naming(
        base=(BaseWord("income", "Income"),),
        prefixes=(Prefix("age", "Young", "Older"),),
        texts=(SegmentText("Low Income", "Few means", "Fair prices"),),
    )


def test_what_is_written_to_a_document_is_read_again() -> None:
    naming = read()

    assert Naming.read(Section({"naming": naming.to_dict()}, "spec"), NUMERIC) == naming


def test_prefixes_and_texts_may_be_absent() -> None:
    bare = read(prefixes=None, texts=None)

    assert (bare.prefixes, bare.texts) == ((), ())
    assert bare.to_dict() == {"base": [{"feature": "income", "word": "Income"}]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"base": []}, "spec.naming.base"),
        ({"base": [{"feature": "height", "word": "Height"}]}, "spec.naming.base[0].feature"),
        ({"base": [{"feature": "income"}]}, "spec.naming.base[0].word"),
        (
            {"base": [{"feature": "income", "word": "Income", "wrod": "x"}]},
            "spec.naming.base[0].wrod",
        ),
        ({"prefixes": [{"feature": "sex", "low": "a", "high": "b"}]}, "spec.naming.prefixes[0]"),
        ({"prefixes": [{"feature": "age", "low": "Young"}]}, "spec.naming.prefixes[0].high"),
        ({"texts": [{"name": "x", "description": "y"}]}, "spec.naming.texts[0].advice"),
        ({"txets": []}, "spec.naming.txets"),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(**changed)

    assert str(caught.value).startswith(field)
