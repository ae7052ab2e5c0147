"""Semantic surfaces (CityJSON 2.0, 3.3): which polygon is roof, wall, ground."""

from typing import Any

from spatial.models.cityjson.geometries import Geometry

_LONGEST = 80
_MOST = 10_000


class Meanings:
    """Numbers the types of semantic surfaces of many geometries."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the types by number."""
        return tuple(self._numbers)

    def of(self, geometry: Geometry) -> tuple[list[int], int]:
        """Return the number of each polygon's type, -1 for none, and how many values are wrong.

        A value is wrong where it points to no semantic surface, or where there are more or fewer
        values than polygons.
        """
        known = self._numbered(geometry.meanings)
        numbers: list[int] = []
        wrong = 0
        for polygons, values in zip(geometry.shells.polygons, geometry.shells.values, strict=True):
            if values is None:
                numbers += [-1] * len(polygons)
                continue
            found, odd = _looked_up(known, values)
            missing = len(polygons) - len(found)
            numbers += found[: len(polygons)] + [-1] * missing
            wrong += odd + abs(missing)
        return numbers, wrong

    def _numbered(self, kinds: list[Any]) -> dict[Any, int]:
        """Return the number of each type by its position, and -1 for null."""
        numbers = self._numbers
        try:
            known: dict[Any, int] = dict(enumerate([numbers[kind] for kind in kinds]))
        except (KeyError, TypeError):  # a new type, or none at all
            known = dict(enumerate(map(self._number, kinds)))
        known[None] = -1
        return known

    def _number(self, kind: object) -> int:
        if not isinstance(kind, str) or not 0 < len(kind) <= _LONGEST:
            return -1
        if len(self._numbers) >= _MOST:
            return self._numbers.get(kind, -1)
        return self._numbers.setdefault(kind, len(self._numbers))


def _looked_up(known: dict[Any, int], values: object) -> tuple[list[int], int]:
    if not isinstance(values, list):
        return [], 0
    try:
        return [known[value] for value in values], 0
    except (KeyError, TypeError):  # a TypeError where a value is a list
        numbers = [known.get(value, -2) if _is_number(value) else -2 for value in values]
        return [max(number, -1) for number in numbers], numbers.count(-2)


def _is_number(value: object) -> bool:
    return value is None or type(value) is int
