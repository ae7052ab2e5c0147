"""Between which levels an entity stands, as an expression of SQL made from the table."""

from functools import cache
from typing import Literal

from psycopg.sql import SQL, Composed
from psycopg.sql import Literal as Quoted

from data.reference.tables import table_rows

_NUMBER = SQL("(e.properties->>{name})::float8")


@cache
def level_of(end: Literal["base", "top"]) -> Composed:
    """Return the expression of the lowest (``base``) or highest (``top``) level of entity ``e``.

    What a model drew counts first (``b.base_m``, ``b.top_m``), then the properties that
    ``vertical_extents.csv`` names for its class; NULL where neither says it.
    """
    cases = [_case(row, end) for row in table_rows("vertical_extents.csv")]
    drawn = SQL("b.{end}_m").format(end=SQL(end))
    return SQL("coalesce({all})").format(all=SQL(", ").join([drawn, *cases]))


def _case(row: list[str], end: str) -> Composed:
    klass, base, top, height, _status = row
    direct, other = (base, top) if end == "base" else (top, base)
    sign = SQL("-" if end == "base" else "+")
    ways: list[SQL | Composed] = [_number(direct)] if direct else []
    if other and height:
        ways.append(
            SQL("{from_} {sign} {height}").format(
                from_=_number(other), sign=sign, height=_number(height)
            )
        )
    if base and not top and not height and end == "top":
        ways.append(SQL("{base} + e.height_m").format(base=_number(base)))
    found = SQL("coalesce({ways})").format(ways=SQL(", ").join(ways or [SQL("NULL::float8")]))
    return SQL("CASE WHEN starts_with(e.class_code, {klass}) THEN {found} END").format(
        klass=Quoted(klass), found=found
    )


def _number(name: str) -> Composed:
    return _NUMBER.format(name=Quoted(name))
