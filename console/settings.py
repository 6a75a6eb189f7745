"""Where the system is that the console is a client of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from segmentation.errors import SettingsError
from segmentation_aws.settings import Environment

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The addresses of one deployed system, AWS or the local stack.

    Parameters
    ----------
    api_url
        The HTTP API, without a slash at its end.
    uploads, results
        The buckets.
    registry
        Where the models are: ``s3://bucket/prefix`` or a folder.
    """

    api_url: str
    uploads: str
    results: str
    registry: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables that ``segment console`` sets.

        Raises
        ------
        SettingsError
            Some are missing, or the API's address is none that customers may be sent to.
        """
        env = Environment(environ)
        settings = cls(
            api_url=env.text("API_URL").rstrip("/"),
            uploads=env.text("UPLOADS_BUCKET"),
            results=env.text("RESULTS_BUCKET"),
            registry=env.text("SEGMENT_REGISTRY"),
        )
        env.close()
        check_api_url(settings.api_url)
        return settings

    @property
    def signs(self) -> bool:
        """Whether requests to the API are signed: always, but for a stack on this machine."""
        return urlsplit(self.api_url).scheme == "https"


def check_api_url(url: str) -> None:
    """Refuse an address over which customers would travel in the clear.

    Raises
    ------
    SettingsError
        It is neither https nor on this machine.

    Examples
    --------
    >>> check_api_url("https://abc.execute-api.eu-central-1.amazonaws.com")
    >>> check_api_url("http://127.0.0.1:8701")
    >>> check_api_url("http://example.com")
    Traceback (most recent call last):
    segmentation.errors.SettingsError: API address: got "http://example.com", expected https://…, \
or http:// on this machine
    """
    parts = urlsplit(url)
    if not parts.hostname or not (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    ):
        raise SettingsError(
            f'API address: got "{url}", expected https://…, or http:// on this machine'
        )
