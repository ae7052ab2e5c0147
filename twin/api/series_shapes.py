"""What a series and its values look like in answers, and what is said of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from data.reference import quantities
from twin.api.problems import UnknownError
from twin.api.store import Pool, rows
from twin.model import Check, grade_of

Mode = Literal["actual", "exercise", "replay"]
Grade = Literal["good", "doubtful", "unreliable"]

_DESCRIBED = SQL("""
    SELECT id AS series, entity::text, device::text, quantity, statistic, period_s, channel, mode
    FROM series WHERE id = ANY (%(ids)s)""")


class Measured(BaseModel):
    """A value in the series' unit; ``quality`` is as stored, ``grade`` and ``checks`` spell it."""

    observed_at: datetime
    value: float
    quality: int = Field(description="grade in the two lowest bits, then one bit for each check")
    grade: Grade
    checks: list[str]


def graded(found: DictRow) -> dict[str, Any]:
    """Return a row with a quality as what becomes Measured."""
    packed = found["quality"]
    checks = [check.name.lower() for check in Check if packed & check and check.name]
    return found | {"grade": grade_of(packed).name.lower(), "checks": checks}


def unit_of(quantity: str) -> str:
    """Return the stored unit of a quantity; nothing for one that the table no longer has."""
    return quantities()[quantity].unit if quantity in quantities() else ""


async def described(store: Pool, ids: Sequence[int]) -> list[DictRow]:
    """Return what is to be known of series before their values, in the order of ``ids``.

    Raises:
        UnknownError: the store does not have one of them.
    """
    found = {row["series"]: row for row in await rows(store, _DESCRIBED, {"ids": list(ids)})}
    missing = [number for number in ids if number not in found]
    if missing:
        raise UnknownError(f"series {missing[0]}: not in the store")
    return [found[number] | {"unit": unit_of(found[number]["quantity"])} for number in ids]
