"""What training refuses; the roots are those of `segmentation.errors`.

::

    SegmentationError
    ├── DataError          the customers' file cannot be read, or no row of it can be used
    ├── TrainingRefused    the data cannot give the model that was asked for
    └── PromotionRefused   the gate keeps a version from serving
"""

from __future__ import annotations

from collections.abc import Sequence

from segmentation.errors import SegmentationError


class DataError(SegmentationError):
    """A file of customers is missing, unreadable, of another kind, or without a usable row."""


class TrainingRefused(SegmentationError):
    """The data has fewer distinct customers than segments, or a feature that never varies."""


class PromotionRefused(SegmentationError):
    """A version must not serve.

    Parameters
    ----------
    version
        The version that stays where it is.
    reasons
        One sentence for each thing that would break.
    """

    def __init__(self, version: str, reasons: Sequence[str]) -> None:
        super().__init__(
            f"{version} was not promoted: {'; '.join(reasons)} (--force overrides this)"
        )
        self.version = version
        self.reasons = tuple(reasons)
