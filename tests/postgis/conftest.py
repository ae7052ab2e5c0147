"""What tests on a real store have in common: passwords that cost nothing to verify."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Keep passwords with the same function at its least cost.

    The service hashes one at each start and one at each sign-in: with its own cost, which
    tests/unit/api/test_passwords.py looks at, that is a quarter of these tests' time.
    """
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("twin.api.passwords._hasher", cheap)
        yield
