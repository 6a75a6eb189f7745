"""What the API refuses beyond what the domain refuses.

::

    SegmentationError
    └── RequestError
        ├── NoRoute               there is no such path: 404
        ├── MethodNotAllowed      the path has other methods: 405
        ├── BodyTooLarge          the body is no customer: 413
        ├── UnsupportedMediaType  the body is not declared as JSON: 415
        └── ChampionUnavailable   no model can serve now: 503
"""

from __future__ import annotations

from segmentation.errors import SegmentationError


class RequestError(SegmentationError):
    """A request cannot be answered; the text may be shown to the caller."""


class NoRoute(RequestError):
    """There is no such path."""


class MethodNotAllowed(RequestError):
    """The path is there, with other methods."""

    def __init__(self, allowed: str) -> None:
        super().__init__(f"expected one of {allowed}")
        self.allowed = allowed


class BodyTooLarge(RequestError):
    """The body is larger than any customer."""


class UnsupportedMediaType(RequestError):
    """The body is declared as something else than JSON."""


class ChampionUnavailable(RequestError):
    """No model can serve: none was promoted, or none can be read now."""
