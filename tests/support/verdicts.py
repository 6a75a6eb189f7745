"""What a feature says of a value that it rejects."""

from __future__ import annotations

import pytest

from segmentation.errors import Reason, ValueRejected
from segmentation.features import Feature


def rejection(feature: Feature, value: object, *, json: bool) -> tuple[Reason, str]:
    """The reason and the detail; the text or JSON value must be rejected."""
    with pytest.raises(ValueRejected) as caught:
        feature.read_json(value) if json else feature.read_text(str(value))
    assert caught.value.feature == feature.name
    assert str(caught.value) == caught.value.detail
    return caught.value.reason, caught.value.detail
