"""The settings of the predict function."""

from __future__ import annotations

import dataclasses

import pytest

from predict.settings import Settings
from segmentation.errors import SettingsError


def test_settings_are_read_from_the_environment() -> None:
    environ = {"SEGMENT_REGISTRY": " s3://models ", "MODEL_TTL_SECONDS": "1.5", "OTHER": "x"}
    assert Settings.from_env(environ) == Settings("s3://models", 1.5)


def test_a_champion_serves_60_seconds_before_another_look_unless_said() -> None:
    assert Settings.from_env({"SEGMENT_REGISTRY": "models"}).model_ttl_seconds == 60.0


@pytest.mark.parametrize("ttl", ["soon", "-1", "nan", "inf"])
def test_all_wrong_settings_are_named_in_one_error(ttl: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"SEGMENT_REGISTRY": " ", "MODEL_TTL_SECONDS": ttl})
    assert str(caught.value) == (
        "SEGMENT_REGISTRY: missing, expected a text; "
        f'MODEL_TTL_SECONDS: got "{ttl}", expected a number of at least 0'
    )


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings("models", 1.0).registry = "others"  # type: ignore[misc]
