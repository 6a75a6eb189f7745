"""What the score function is told by its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from segmentation_aws.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the score function.

    Parameters
    ----------
    registry
        Address of the registry, ``s3://bucket/prefix``.
    results_bucket
        Where outputs go.
    queue_url
        The queue whose messages it gets; empty where events come directly.
    model_ttl_seconds
        How long a champion serves before a new one is looked for.
    """

    registry: str
    results_bucket: str
    queue_url: str
    model_ttl_seconds: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises
        ------
        SettingsError
            Some are missing or malformed; all of them are named.
        """
        environment = Environment(environ)
        settings = cls(
            registry=environment.text("SEGMENT_REGISTRY"),
            results_bucket=environment.text("RESULTS_BUCKET"),
            queue_url=environment.text("QUEUE_URL", default=""),
            model_ttl_seconds=environment.number("MODEL_TTL_SECONDS", 60.0),
        )
        environment.close()
        return settings
