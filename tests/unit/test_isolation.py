"""What conftest.py promises of every test, and of unit tests above all."""

from __future__ import annotations

import os
import socket

import boto3
import pytest


def test_a_unit_test_cannot_open_a_socket() -> None:
    with pytest.raises(UserWarning, match=r"tried to use socket\.socket"):
        socket.create_server(("127.0.0.1", 0))


def test_a_unit_test_cannot_look_a_host_up() -> None:
    with pytest.raises(UserWarning, match=r"tried to use socket\.getaddrinfo"):
        socket.getaddrinfo("localhost", None)


def test_no_aws_settings_of_the_shell_reach_a_test() -> None:
    credentials = boto3.Session().get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == ("testing", "testing")
    assert "AWS_PROFILE" not in os.environ
    assert "SEGMENT_REGISTRY" not in os.environ


@pytest.mark.parametrize("run", ["first", "second"])
def test_what_a_test_puts_into_the_environment_ends_with_it(run: str) -> None:
    assert "SEGMENT_REGISTRY" not in os.environ
    os.environ["SEGMENT_REGISTRY"] = run
