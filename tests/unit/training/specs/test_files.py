"""Specs are found by name or path, and a wrong one is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from segmentation.categorical import CategoricalFeature
from segmentation.errors import DocumentError
from segmentation.numeric import NumericFeature
from segmentation.spec import Spec
from training.specs.files import SHIPPED, load_spec, shipped_specs


def test_the_shipped_specs_are_those_of_the_project() -> None:
    assert shipped_specs() == ["mall_customers", "rfm"]


@pytest.mark.parametrize("name", shipped_specs())
def test_a_shipped_spec_survives_the_model_document(name: str) -> None:
    spec = load_spec(name)

    assert spec.name == name
    assert Spec.from_dict(spec.to_dict()) == spec


def test_mall_customers_are_bounded_as_the_contract_says() -> None:
    gender, age, income, score = load_spec("mall_customers").features

    assert isinstance(gender, CategoricalFeature)
    assert [(one.name, one.code) for one in gender.categories] == [("Female", 0), ("Male", 1)]
    assert [gender.read_text(text).name for text in ("F", " m ", "0", "1")] == [
        "Female",
        "Male",
        "Female",
        "Male",
    ]
    assert isinstance(age, NumericFeature)
    assert isinstance(income, NumericFeature)
    assert isinstance(score, NumericFeature)
    assert (age.valid.minimum, age.valid.maximum) == (0, 120)
    assert (age.typical.minimum, age.typical.maximum) == (18, 70)
    assert (income.valid.minimum, income.valid.maximum) == (0, None)
    assert (income.typical.minimum, income.typical.maximum) == (10, 150)
    assert (score.valid.minimum, score.valid.maximum) == (1, 100)


@pytest.mark.parametrize(
    "header",
    [
        "Gender|Age|Annual Income (k$)|Spending Score (1-100)",
        "Genre|age|AnnualIncome|SpendingScore",
        "sex|AGE|Annual_Income|Spending_Score",
        "gender|age|annual income|spending score",
    ],
)
def test_every_published_spelling_of_the_headers_is_found(header: str) -> None:
    spec = load_spec("mall_customers")

    found = [spec.find(text) for text in header.split("|")]

    assert [names.name for names in found if names] == [one.name for one in spec.features]


def test_rfm_scales_what_cannot_be_compared() -> None:
    features = load_spec("rfm").features

    assert [one.name for one in features] == ["recency", "frequency", "monetary"]
    assert {one.scaling for one in features if isinstance(one, NumericFeature)} == {"standard"}


def test_a_spec_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes((SHIPPED / "rfm.toml").read_bytes())

    assert load_spec(str(path)) == load_spec("rfm")


def test_an_unknown_spec_names_the_known_ones() -> None:
    with pytest.raises(DocumentError) as caught:
        load_spec("malls")

    assert str(caught.value) == (
        'spec: got "malls", expected one of mall_customers, rfm, or the path of a TOML file'
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"name = ", "not TOML: Invalid value"),
        (b"name = '\xff'", "byte 8 is not UTF-8, expected TOML"),
        (b"name = 'mine'", "my.toml.id: missing, expected an object"),
    ],
)
def test_a_broken_spec_is_refused_by_its_path(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(content)

    with pytest.raises(DocumentError) as caught:
        load_spec(str(path))

    assert "my.toml" in str(caught.value)
    assert problem in str(caught.value)
