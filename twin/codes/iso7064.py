"""Check characters of ISO 7064 (adopted as GB/T 17710), computed by python-stdnum."""

from collections.abc import Callable

from stdnum.iso7064 import mod_11_2 as pure_11_2
from stdnum.iso7064 import mod_11_10 as hybrid_11_10
from stdnum.iso7064 import mod_37_36 as hybrid_37_36

from twin.codes.layout import DIGITS, InvalidIdentifierError, shown

ALPHANUMERIC = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mod_37_36(text: str) -> str:
    """Return the check character of ``text`` by ISO 7064 MOD 37,36.

    Appended to the text it catches every single wrong character, and nearly every swap of two
    neighbours: of the 3,240 combinations of an inner state and two different digits 18 (0.56 %)
    pass unseen, all of digits that differ by one; of a last digit and the check character only
    ``0`` before ``1`` (and back) in one state. A test counts them all.

    Args:
        text: digits and capital Latin letters.

    Returns:
        One character of the same alphabet.

    Raises:
        InvalidIdentifierError: a character is not in the alphabet.
    """
    return _checked(text, ALPHANUMERIC, hybrid_37_36.calc_check_digit)


def mod_11_10(text: str) -> str:
    """Return the check digit of a text of digits by ISO 7064 MOD 11,10.

    Raises:
        InvalidIdentifierError: a character is not a digit.
    """
    return _checked(text, DIGITS, hybrid_11_10.calc_check_digit)


def mod_11_2(text: str) -> str:
    """Return the check character (a digit or ``X``) of a text of digits by ISO 7064 MOD 11-2.

    Raises:
        InvalidIdentifierError: a character is not a digit.
    """
    return _checked(text, DIGITS, pure_11_2.calc_check_digit)


def _checked(text: str, alphabet: str, check: Callable[[str], str]) -> str:
    for position, character in enumerate(text, start=1):
        if character not in alphabet:
            raise InvalidIdentifierError(
                f"{shown(text)}: expected characters of {alphabet} for a check character,"
                f" found {character!r} at position {position}"
            )
    return check(text)
