"""Ids of model elements: the IFC GlobalId, a UUID in 22 characters."""

import string
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from twin.codes.layout import InvalidIdentifierError, Layout

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase + "_$"
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
_FIRST_MAX = 3
_LENGTH = 22


class InvalidIfcGlobalIdError(InvalidIdentifierError):
    """An identifier that is not an IFC GlobalId. Export the model again, or correct the id."""


_LAYOUT = Layout(
    kind="IFC GlobalId",
    widths=(_LENGTH,),
    example="1L3eG0ufj1rASMH6PLH000",
    error=InvalidIfcGlobalIdError,
    alphabet=_ALPHABET,
    character="characters of 0-9A-Za-z_$",
    has_county=False,
)


@dataclass(frozen=True, slots=True, order=True)
class IfcGlobalId:
    """Names one element of a model: 128 bits, big-endian in base 64 (ISO 16739-1, IfcGuid).

    Upper and lower case differ. The first character carries two bits and so is 0 to 3.

    Attributes:
        text: the 22 characters.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 22 characters.

        Raises:
            InvalidIfcGlobalIdError: wrong length, a foreign character, or more than 128 bits.
        """
        _LAYOUT.check(text)
        if _VALUE[text[0]] > _FIRST_MAX:
            _LAYOUT.refuse(text, f"expected 0, 1, 2 or 3 at position 1, found {text[0]!r}")
        return cls(text)

    @classmethod
    def from_uuid(cls, uuid: UUID) -> Self:
        """Return the GlobalId of a UUID."""
        return cls("".join(_ALPHABET[uuid.int >> shift & 63] for shift in range(126, -1, -6)))

    def uuid(self) -> UUID:
        """Return the UUID that the GlobalId stands for."""
        number = 0
        for character in self.text:
            number = number << 6 | _VALUE[character]
        return UUID(int=number)

    def __str__(self) -> str:
        return self.text
