"""Reading, judging and encoding single categories; expected texts and numbers by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.categorical import CategoricalFeature
from segmentation.document import Section
from segmentation.errors import Reason, ValueRejected
from segmentation.features import Feature, read_feature
from tests.support.models import mall_model, shopper_model
from tests.support.verdicts import rejection

GENDER = mall_model().spec.features[0]
PLAN = shopper_model().spec.features[0]


def category(feature: Feature, value: object, *, json: bool = False) -> str:
    assert isinstance(feature, CategoricalFeature)
    return (feature.read_json(value) if json else feature.read_text(str(value))).name


class TestCategories:
    @pytest.mark.parametrize("text", ["Female", "female", " FEMALE\t", "F", "f", "0"])
    def test_match_by_name_or_alias_without_case_and_outer_space(self, text: str) -> None:
        assert category(GENDER, text) == "Female"
        assert category(GENDER, text, json=True) == "Female"

    @pytest.mark.parametrize("text", ["größer", "GRÖSSER", "Größer", "+"])
    def test_compare_case_as_unicode_folds_it(self, text: str) -> None:
        assert category(PLAN, text) == "Plus"

    def test_take_a_number_whose_text_is_an_alias(self) -> None:
        assert category(GENDER, 1, json=True) == "Male"

    @pytest.mark.parametrize("value", [1.0, 2, True, ["Male"], ((("a"), 1),)])
    def test_take_no_other_json_value(self, value: object) -> None:
        assert rejection(GENDER, value, json=True)[0] is Reason.UNKNOWN_CATEGORY

    def test_are_missing_when_empty(self) -> None:
        assert rejection(GENDER, " \t", json=False) == (Reason.MISSING_VALUE, "gender: no value")
        assert rejection(GENDER, None, json=True) == (Reason.MISSING_VALUE, "gender: no value")
        assert rejection(GENDER, "", json=True) == (Reason.MISSING_VALUE, "gender: no value")

    def test_unknown_ones_are_told_the_known_ones(self) -> None:
        assert rejection(GENDER, "Divers", json=False) == (
            Reason.UNKNOWN_CATEGORY,
            'gender: "Divers" is unknown, expected one of Female, Male',
        )

    def test_a_long_list_of_known_ones_is_cut(self) -> None:
        names = [{"name": f"C{number}", "code": number} for number in range(12)]
        fields = {"name": "city", "kind": "categorical", "encoding": "codes", "categories": names}
        feature = read_feature(Section(fields, "feature"))
        assert rejection(feature, "x", json=False)[1] == (
            'city: "x" is unknown, expected one of '
            "C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 and 2 more"
        )


class TestEncoding:
    def test_codes_give_one_number(self) -> None:
        assert isinstance(GENDER, CategoricalFeature)
        assert GENDER.columns == (None,)
        assert [GENDER.encode(one) for one in GENDER.categories] == [(0.0,), (1.0,)]

    def test_one_hot_gives_a_number_for_each_category(self) -> None:
        assert isinstance(PLAN, CategoricalFeature)
        assert PLAN.columns == ("Basic", "Plus", "Pro")
        assert PLAN.encode(PLAN.read_text("plus")) == (0.0, 1.0, 0.0)


@given(st.text())
@pytest.mark.parametrize("feature", [GENDER, PLAN], ids=lambda f: f.name)
def test_a_json_text_is_judged_as_the_same_text_in_a_file(feature: Feature, text: str) -> None:
    def judged(*, json: bool) -> object:
        try:
            return category(feature, text, json=json)
        except ValueRejected as exc:
            return exc.reason, exc.detail

    assert judged(json=True) == judged(json=False)
