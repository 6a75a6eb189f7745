"""What the contract tests share."""

from __future__ import annotations

import pytest

from tests.support.deployment import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The template deployed with its defaults."""
    return Stack()
