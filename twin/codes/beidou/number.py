"""Numbers as people and files give them, taken exactly."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction

from twin.codes.layout import InvalidIdentifierError, shown

Number = int | float | str | Decimal | Fraction

# Every float fits, and the fractions cannot grow without a bound.
_MAX_EXPONENT = 400


class InvalidBeidouCodeError(InvalidIdentifierError):
    """A code, place or height that the BeiDou grid does not have. Correct it at its source."""


def exact(what: str, value: Number) -> Fraction:
    """Return a number exactly; a float counts as the shortest decimal that stands for it.

    Raises:
        InvalidBeidouCodeError: not a finite decimal number of a sensible size.
    """
    if isinstance(value, int | Fraction):
        return Fraction(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(_exponent(number)) > _MAX_EXPONENT:
        raise InvalidBeidouCodeError(
            f"{what} {shown(str(value))}: expected a finite decimal number"
            f" of at most {_MAX_EXPONENT} decimals"
        )
    return Fraction(number)


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
