"""The names that accounts and keys may have, and what is kept of names that were only typed."""

import unicodedata
from hashlib import sha256

_LONGEST = 200
_TAKEN = frozenset({"anonymous", "sign-in", "twin"})
"""What the histories call actors that are nobody's account."""


class InvalidNameError(ValueError):
    """A name that no account or key can have. Choose another."""


class NameTakenError(Exception):
    """An account or key of this name stands. Choose another, or change or revoke that one."""


class UnknownNameError(LookupError):
    """No account, or no key that still opens anything, has this name. Look it up in the list."""


def check_name(name: str) -> None:
    """Refuse a name that HTTP cannot carry, or that could be taken for another actor's.

    A colon ends the username in HTTP Basic (RFC 7617, 2); ``key demo`` and ``rule river-level``
    are actors of other kinds; a slash would divide an address.

    Raises:
        InvalidNameError: it is such a name.
    """
    if (
        not 0 < len(name) <= _LONGEST
        or not name[0].isalnum()
        or not name.isprintable()
        or any(character in ":/" or character.isspace() for character in name)
    ):
        raise InvalidNameError(
            f"name {name!r}: expected 1 to {_LONGEST} printable characters without spaces, colons "
            "and slashes, the first a letter or digit"
        )
    if name != normal(name):
        raise InvalidNameError(f"name {name!r}: expected its composed form {normal(name)!r} (NFC)")
    if name.casefold() in _TAKEN:
        raise InvalidNameError(f"name {name!r}: expected none of {', '.join(sorted(_TAKEN))}")


def normal(name: str) -> str:
    """Return a name as it is stored, however a keyboard composed it (NFC; RFC 7617, 2.1)."""
    return unicodedata.normalize("NFC", name)


def name_digest(name: str) -> bytes:
    """Return what is kept of a name that was typed, be it anybody's or not."""
    return sha256(name.encode()).digest()
