"""Ids of things in the national item coding: Ecode of GB/T 31866."""

from dataclasses import dataclass
from typing import Self

from twin.codes.layout import DIGITS, InvalidIdentifierError, shown

_MIN_CHARS = 6
_MAX_CHARS = 29


class InvalidEcodeError(InvalidIdentifierError):
    """An identifier that cannot be an Ecode. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class Ecode:
    """Version, numbering system and master data of a thing (GB/T 31866-2015 and -2023).

    Known from memory only, and so the one thing checked: a version of one digit (0 is kept for
    GS1 since 2023), a numbering system of 4, 5 or 8 characters and up to 20 of master data. Which
    version has which lengths, which characters each allows, and whether there is a check
    character is not known: the rest is kept whole.

    Attributes:
        version: one digit.
        body: numbering system and master data, 5 to 28 letters or digits.
    """

    version: str
    body: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an Ecode without separators.

        Raises:
            InvalidEcodeError: wrong length, no digit in front, or another character than letters
                and digits.
        """
        if not _MIN_CHARS <= len(text) <= _MAX_CHARS:
            raise InvalidEcodeError(
                f"Ecode {shown(text)}: expected {_MIN_CHARS} to {_MAX_CHARS} characters,"
                f" found {len(text)}"
            )
        if text[0] not in DIGITS:
            raise InvalidEcodeError(
                f"Ecode {shown(text)}: expected a version of one digit in front"
            )
        for position, character in enumerate(text, start=1):
            if not (character.isascii() and character.isalnum()):
                raise InvalidEcodeError(
                    f"Ecode {shown(text)}: expected letters and digits,"
                    f" found {character!r} at position {position}"
                )
        return cls(text[0], text[1:])

    def __str__(self) -> str:
        return f"{self.version}{self.body}"
