"""Handles: names of digital objects, prefix and suffix (RFC 3651)."""

import re
from dataclasses import dataclass
from typing import Self

from twin.codes.layout import InvalidIdentifierError, shown
from twin.codes.printable import printable_text

_PREFIX = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*", re.ASCII)


class InvalidHandleError(InvalidIdentifierError):
    """An identifier that is not a handle. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class Handle:
    """A handle such as ``86.1000.1/pump-17``; case is kept.

    Not checked: whether the prefix is registered. RFC 3651 allows more characters in a prefix;
    those given out are letters, digits and dots.

    Attributes:
        prefix: segments divided by dots; 86 is in front of China's.
        suffix: any printable text that the prefix's owner chose.
    """

    prefix: str
    suffix: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read prefix, ``/`` and suffix.

        Raises:
            InvalidIdentifierError: one of the two is missing or has a foreign character.
        """
        prefix, slash, suffix = printable_text(text).partition("/")
        if not slash or not suffix:
            raise InvalidHandleError(
                f"handle {shown(text)}: expected prefix/suffix, e.g. 86.1000.1/pump-17"
            )
        if not _PREFIX.fullmatch(prefix):
            raise InvalidHandleError(
                f"handle {shown(text)}: expected a prefix of letters, digits and single dots,"
                f" found {shown(prefix)}"
            )
        return cls(prefix, suffix)

    def __str__(self) -> str:
        return f"{self.prefix}/{self.suffix}"
