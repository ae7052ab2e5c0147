"""Limits of levels: numbers that grow with the danger, or properties of each entity."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypeIs

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.terms import RulePart, Words


class PropertyLimit(RulePart):
    """A limit that each entity has of its own, under this name in its properties."""

    property: Words


def _is_number(value: object) -> TypeIs[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _as_limit(written: object) -> float | PropertyLimit:
    if isinstance(written, PropertyLimit):
        return written
    if _is_number(written):
        return float(written)
    if isinstance(written, dict) and written.keys() == {"property"}:
        name = written["property"]
        if isinstance(name, str) and name:
            return PropertyLimit(property=name)
    raise ValueError(f'limit {written!r}: expected a number or {{property = "name"}}')


Limit = Annotated[float | PropertyLimit, BeforeValidator(_as_limit)]
Levels = Annotated[dict[LevelName, Limit], Field(min_length=1)]
"""A limit for each level that a rule can raise."""


def in_order(
    levels: Mapping[LevelName, float | PropertyLimit], *, above: bool
) -> dict[LevelName, float | PropertyLimit]:
    """Return levels from the lowest on.

    Raises:
        ValueError: the numbers do not go from blue to red towards the danger.
    """
    names = sorted(levels, key=AlertLevel.named)
    numbers = [limit for name in names if isinstance(limit := levels[name], float)]
    sign = 1 if above else -1
    if any(sign * (b - a) <= 0 for a, b in pairwise(numbers)):
        raise ValueError(
            f"limits {numbers} of {', '.join(names)}: expected them to "
            f"{'grow' if above else 'fall'} from blue to red"
        )
    return {name: levels[name] for name in names}


def in_force(
    levels: Mapping[LevelName, float | PropertyLimit], properties: Mapping[str, object]
) -> dict[AlertLevel, float | None]:
    """Return the limit of each level for an entity; None where it has no such property."""
    return {
        AlertLevel.named(name): limit if isinstance(limit, float) else _own(limit, properties)
        for name, limit in levels.items()
    }


def _own(limit: PropertyLimit, properties: Mapping[str, object]) -> float | None:
    value = properties.get(limit.property)
    return float(value) if _is_number(value) else None
