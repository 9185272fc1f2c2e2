"""What a test needs of the machine: without it the test is skipped, or failed where REQUIRE_SERVICES=1."""

import os
from typing import NoReturn

import pytest


def service(variable: str) -> str:
    """The address of a service that runs beside the tests."""
    return os.environ.get(variable) or missing(f"{variable} is not set; .ci/run shows how to start the service")


def missing(reason: str) -> NoReturn:
    """End the test that cannot run here."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
