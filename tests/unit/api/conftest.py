"""What the tests of the web service share: one event loop."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
