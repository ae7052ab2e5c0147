"""What identifiers of a fixed layout share: the cut into parts and the sentences of refusal."""

from dataclasses import dataclass, field
from typing import NoReturn

DIGITS = "0123456789"
HEX_DIGITS = "0123456789ABCDEF"
_SHOWN_CHARS = 60


class InvalidIdentifierError(ValueError):
    """A value that is not an identifier of its kind. Correct it where it was typed or sent."""


def shown(text: str) -> str:
    """Return a value as a sentence can show it, whatever its size."""
    return repr(text) if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]!r}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Parts of fixed width, written one after the other without separators.

    Attributes:
        kind: how sentences call the identifier.
        widths: characters of each part.
        example: a value that is right.
        error: what a wrong value raises.
        alphabet: the characters that may occur.
        character: how sentences call those, in the plural.
        has_county: whether the first part starts with a county of GB/T 2260.
    """

    kind: str
    widths: tuple[int, ...]
    example: str
    error: type[InvalidIdentifierError]
    alphabet: str = DIGITS
    character: str = "digits"
    has_county: bool = True
    _length: int = field(init=False)
    _allowed: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what every value is checked against."""
        object.__setattr__(self, "_length", sum(self.widths))
        object.__setattr__(self, "_allowed", frozenset(self.alphabet))

    def cut(self, text: str) -> list[str]:
        """Return the parts of a value.

        Raises:
            InvalidIdentifierError: wrong length, a foreign character, or no county in front.
        """
        self.check(text)
        parts, start = [], 0
        for width in self.widths:
            parts.append(text[start : start + width])
            start += width
        return parts

    def check(self, text: str) -> None:
        """Refuse a value with a wrong length, a foreign character, or no county in front."""
        if len(text) != self._length or not self._allowed.issuperset(text):
            self._refuse_form(text)
        if self.has_county and text[0] == "0":
            self.refuse(
                text, f"{self._expected()} with a county in front, which never starts with 0"
            )

    def _refuse_form(self, text: str) -> NoReturn:
        if len(text) != self._length:
            self.refuse(text, f"{self._expected()}, e.g. {self.example}, found {len(text)}")
        position, character = self._foreign(text)
        self.refuse(text, f"{self._expected()}, found {character!r} at position {position}")

    def _expected(self) -> str:
        return f"expected {self._length} {self.character}"

    def _foreign(self, text: str) -> tuple[int, str]:
        return next(found for found in enumerate(text, start=1) if found[1] not in self.alphabet)

    def refuse(self, text: str, why: str) -> NoReturn:
        """Raise the error of this kind for a value."""
        raise self.error(f"{self.kind} {shown(text)}: {why}")
