"""Names that others give freely: any printable text."""

import unicodedata

from twin.codes.layout import InvalidIdentifierError, shown

MAX_CHARS = 200
# Control, invisible format, surrogate, line and paragraph separator.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class InvalidTextNameError(InvalidIdentifierError):
    """A name that cannot be printed. Correct it where it was typed or sent."""


def printable_text(text: str) -> str:
    """Return the text unchanged; blanks and case count.

    Raises:
        InvalidTextNameError: not 1 to 200 characters, nothing but blanks, or a character that
            cannot be seen.
    """
    if not 1 <= len(text) <= MAX_CHARS or text.isspace():
        raise InvalidTextNameError(
            f"name {shown(text)}: expected 1 to {MAX_CHARS} printable characters,"
            f" found {'only blanks' if text.isspace() else len(text)}"
        )
    for position, character in enumerate(text, start=1):
        if unicodedata.category(character) in _UNPRINTABLE:
            raise InvalidTextNameError(
                f"name {shown(text)}: expected printable characters,"
                f" found {character!r} at position {position}"
            )
    return text
