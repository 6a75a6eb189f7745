"""What the predict function reads from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation_aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one sandbox.

    Parameters
    ----------
    registry
        ``SEGMENT_REGISTRY``: address of the registry, such as ``s3://models-bucket``.
    model_ttl_seconds
        ``MODEL_TTL_SECONDS``: how long a champion serves before a newer one is looked for.
    """

    registry: str
    model_ttl_seconds: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read and check all settings.

        Raises
        ------
        SettingsError
            Some are missing or malformed; the message names all of them.

        Examples
        --------
        >>> Settings.from_env({"SEGMENT_REGISTRY": "s3://models"})
        Settings(registry='s3://models', model_ttl_seconds=60.0)
        """
        env = Environment(environ)
        settings = cls(
            registry=env.text("SEGMENT_REGISTRY"),
            model_ttl_seconds=env.number("MODEL_TTL_SECONDS", 60.0),
        )
        env.close()
        return settings
