"""Segments get other words as a version of its own."""

from __future__ import annotations

import pytest

from segmentation.model import Model
from segmentation.training_record import Edit
from tests.support.models import mall_model
from training.errors import TrainingRefused
from training.models.renaming import renamed


def test_only_what_is_given_changes_and_only_there() -> None:
    model = mall_model()

    new = renamed(model, 1, name="  Stars ", advice="Thank them")

    assert (new.by_id[1].name, new.by_id[1].advice) == ("Stars", "Thank them")
    assert new.by_id[1].description == model.by_id[1].description
    assert (new.segments[0], new.segments[2]) == (model.segments[0], model.segments[2])
    assert new.training.edited == Edit(version="v1", segment=1)
    assert model == mall_model()
    assert Model.from_json(new.to_json()) == new


def test_a_description_alone_can_be_changed() -> None:
    assert renamed(mall_model(), 0, description="Many").by_id[0].description == "Many"


@pytest.mark.parametrize(
    ("segment", "words", "message"),
    [
        (7, {"name": "Stars"}, 'v1: got segment id 7, there is 0 "Low Income - Low Spending", 1'),
        (0, {"name": " "}, "got an empty name, expected a text"),
        (0, {"advice": ""}, "got an empty advice, expected a text"),
        (0, {"name": "x" * 101}, "got 101 characters for the name, expected at most 100"),
        (0, {"description": "a\nb"}, "the description has a control character"),
        (0, {"name": "high income - HIGH spending"}, 'segment 1 is called "High Income - High'),
    ],
)
def test_words_that_cannot_be_used_are_refused(
    segment: int, words: dict[str, str], message: str
) -> None:
    with pytest.raises(TrainingRefused) as caught:
        renamed(mall_model(), segment, **words)

    assert message in str(caught.value)
