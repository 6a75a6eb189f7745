"""What can keep the console from showing something, one leaf for one thing to tell the user.

::

    SegmentationError
    └── ConsoleError
        ├── ApiUnreachable    nothing answers at the API's address: say where, offer another try
        ├── ApiForbidden      the API does not let this user in: say who decides that
        ├── ApiFailed         the API answered, but not what it should: say what
        ├── NoModelServes     no champion yet, or none that can be read: say how one gets there
        ├── CustomerRefused   fields of the customer are wrong: say it beside each
        ├── UploadExists      an upload of this name is there already: ask whether to replace it
        └── OutputGone        an output is not there any more: say so in its place
"""

from __future__ import annotations

from collections.abc import Mapping

from segmentation.errors import SegmentationError


class ConsoleError(SegmentationError):
    """Something cannot be shown; the text is written for the user."""


class ApiUnreachable(ConsoleError):
    """Nothing answers at the API's address."""


class ApiForbidden(ConsoleError):
    """The API does not let this user in."""


class ApiFailed(ConsoleError):
    """The API answered something that it should not have."""


class NoModelServes(ConsoleError):
    """No model can answer now."""


class CustomerRefused(ConsoleError):
    """Fields of a customer are wrong.

    Parameters
    ----------
    messages
        What is wrong, by field as it was sent.
    """

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__("; ".join(messages.values()))
        self.messages = dict(messages)


class UploadExists(ConsoleError):
    """There is an upload of this name."""


class OutputGone(ConsoleError):
    """An output, or this version of it, is not there any more."""
