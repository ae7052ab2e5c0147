"""Passwords: which are taken, what is kept of them, and whether one is right."""

import asyncio
import hmac
import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256
_REMEMBERED_S = 60.0
_MOST_REMEMBERED = 1000
_AT_A_TIME = 2
"""Verifying a password takes 64 MiB and 50 ms of a core; more at once would starve the rest."""

_hasher = PasswordHasher()


class InvalidPasswordError(ValueError):
    """A password that is too short, too long or too easy. Choose another."""


def new_password() -> str:
    """Return a random password of 128 bits that can be typed."""
    return secrets.token_urlsafe(16)


def hash_password(username: str, password: str) -> str:
    """Return what the store keeps of a password (Argon2id).

    Length is what is asked of it, not a mixture of characters (NIST SP 800-63B-3, 5.1.1.2).

    Raises:
        InvalidPasswordError: not 12 to 256 characters, or the username itself.
    """
    normal = _normal(password)
    if not SHORTEST <= len(normal) <= LONGEST:
        raise InvalidPasswordError(
            f"password of {len(normal)} characters: expected {SHORTEST} to {LONGEST}"
        )
    if normal.casefold() == _normal(username).casefold():
        raise InvalidPasswordError(f"password of {username!r}: expected other than the username")
    try:
        return _hasher.hash(normal)
    except UnicodeEncodeError:
        raise InvalidPasswordError(
            f"password of {username!r}: expected text without lone surrogates"
        ) from None


class PasswordChecks:
    """Verifies passwords off the event loop and remembers for a minute which were right.

    What is remembered depends on the stored hash, so a new password ends it at once.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()
        self._room = asyncio.Semaphore(_AT_A_TIME)
        self._nobody = _hasher.hash(secrets.token_urlsafe(16))

    def proof(self, stored: str | None, password: str) -> bytes:
        """Return what tells this password for this hash from all others, in this process only."""
        normal = _normal(password)
        return hmac.digest(self._secret, f"{stored}\0{normal}".encode(), sha256)

    def remembers(self, proof: bytes) -> bool:
        """Whether this was found right within the last minute."""
        return self._until.get(proof, 0.0) > self._clock()

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password belongs to the hash; takes as long where there is none."""
        async with self._room:
            right = await asyncio.to_thread(_verify, stored or self._nobody, _normal(password))
        if right and stored is not None:
            self._remember(self.proof(stored, password))
        return right and stored is not None

    def _remember(self, proof: bytes) -> None:
        self._until[proof] = self._clock() + _REMEMBERED_S
        self._until.move_to_end(proof)
        if len(self._until) > _MOST_REMEMBERED:
            self._until.popitem(last=False)


def _normal(password: str) -> str:
    # Keyboards differ in how they compose a character; NFKC as NIST SP 800-63B-3, 5.1.1.2 says.
    return unicodedata.normalize("NFKC", password)


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
