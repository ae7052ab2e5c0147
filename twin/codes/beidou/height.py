"""Layers of the third dimension: heights as layers that thicken upwards."""

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import NoReturn, Self

from twin.codes.beidou.number import InvalidBeidouCodeError, Number, exact
from twin.codes.layout import shown

_EARTH_RADIUS_M = Decimal(6378137)
# theta0 / theta: one degree in cells of 1/2048".
_LAYERS_PER_FOLD = Decimal(3600 * 2048)
_MAX_LAYER = 2**31 - 1
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")
# Layers are about 1.5 cm thick: bounds come out to some 50 decimals.
_PRECISE = Context(prec=60)
_FOLD = _PRECISE.ln(1 + _PRECISE.divide(_PI, Decimal(180)))


@dataclass(frozen=True, slots=True, order=True)
class HeightLayer:
    """One layer of level 10, GB/T 39409-2020: about 1.5 cm thick near the ground.

    Layer n holds the heights H with n <= (theta0 / theta) ln((H + R) / R) / ln(1 + theta0) < n + 1,
    theta0 being one degree (in the last logarithm as radians), theta 1/2048", R 6,378,137 m.
    A layer below the ellipsoid is written as a minus sign and its number without it.

    Attributes:
        number: 0 for the layer on the ellipsoid, negative below it.
    """

    number: int

    @classmethod
    def at(cls, height: Number) -> Self:
        """Return the layer that holds a height, in metres above the ellipsoid.

        Raises:
            InvalidBeidouCodeError: at or below the earth's centre, or above the last layer.
        """
        metres = _decimal(height)
        if metres <= -_EARTH_RADIUS_M:
            _refuse(height)
        ratio = _PRECISE.divide(_PRECISE.add(metres, _EARTH_RADIUS_M), _EARTH_RADIUS_M)
        folds = _PRECISE.divide(_PRECISE.ln(ratio), _FOLD)
        number = int((_PRECISE.multiply(folds, _LAYERS_PER_FOLD)).to_integral_value("ROUND_FLOOR"))
        if abs(number) > _MAX_LAYER:
            _refuse(height)
        return cls._bracketing(number, metres)

    @classmethod
    def _bracketing(cls, number: int, metres: Decimal) -> Self:
        # The logarithm is rounded, so the height is compared with the bounds themselves.
        if metres < _bottom(number):
            return cls(number - 1)
        return cls(number if metres < _bottom(number + 1) else number + 1)

    def bounds(self) -> tuple[Decimal, Decimal]:
        """Return bottom and top in metres; the bottom belongs to the layer, the top does not."""
        return _bottom(self.number), _bottom(self.number + 1)


def _bottom(number: int) -> Decimal:
    if number == 0:
        return Decimal(0)
    power = _PRECISE.divide(_PRECISE.multiply(Decimal(number), _FOLD), _LAYERS_PER_FOLD)
    return _PRECISE.multiply(_EARTH_RADIUS_M, _PRECISE.subtract(_PRECISE.exp(power), Decimal(1)))


def _decimal(height: Number) -> Decimal:
    number = exact("height", height)
    return _PRECISE.divide(Decimal(number.numerator), Decimal(number.denominator))


def _refuse(height: Number) -> NoReturn:
    raise InvalidBeidouCodeError(
        f"height {shown(str(height))}: expected metres above the ellipsoid within the grid's"
        f" {_MAX_LAYER} layers"
    )
