"""What operations refuse; the root is that of `segmentation.errors`."""

from __future__ import annotations

from segmentation.errors import SegmentationError


class OperationRefused(SegmentationError):
    """A bucket, queue, stack or upload is not there, or not what was expected."""
