"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from infra import local

MODULES = [module.name for module in pkgutil.iter_modules(local.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    module = importlib.import_module(f"infra.local.{name}")

    assert doctest.testmod(module).failed == 0
