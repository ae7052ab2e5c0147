"""Labels of entities as the register has them now."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from data.reference import entity_classes
from twin.codes import EntityCode
from viz.labels.label import Label

# A store whose migrations are older has no column for the owner.
_COLUMNS = "e.code, e.name, e.retired, coalesce(to_jsonb(e) ->> 'owner', '')"

_BY_CODE = f"SELECT {_COLUMNS} FROM entity e WHERE e.code = ANY(%s)"  # noqa: S608 - ours

_SELECTED = f"""
    SELECT {_COLUMNS} FROM entity e
    WHERE NOT e.retired
      AND (%(klass)s::text IS NULL OR e.class_code = %(klass)s::text)
      AND (%(area)s::int8 IS NULL OR e.code <> %(area)s::int8 AND EXISTS (
          SELECT FROM entity a WHERE a.code = %(area)s::int8 AND ST_Intersects(a.geom, e.geom)))
    ORDER BY e.code LIMIT %(more)s"""  # noqa: S608 - ours

_MOST = 10_000


class NotInRegisterError(LookupError):
    """Codes that must not be printed. Correct them, or leave them out."""


def plain_labels(codes: Iterable[EntityCode]) -> list[Label]:
    """Return labels that tell only code and class, without asking the register."""
    return [Label(code=code, class_name=_class_name(code)) for code in codes]


def labels_of(
    connection: psycopg.Connection[tuple[Any, ...]], codes: Sequence[EntityCode]
) -> list[Label]:
    """Return the labels of entities in the order of their codes as given.

    Raises:
        NotInRegisterError: unknown or retired ones, with a line for each.
    """
    found = connection.execute(_BY_CODE, ([int(code) for code in codes],)).fetchall()
    known = {row[0]: row for row in found}
    wrong = [sentence for code in codes if (sentence := _refusal(code, known.get(int(code))))]
    if wrong:
        raise NotInRegisterError("\n".join(dict.fromkeys(wrong)))
    return [_label(known[int(code)]) for code in codes]


def selected_labels(
    connection: psycopg.Connection[tuple[Any, ...]], klass: str | None, area: EntityCode | None
) -> list[Label]:
    """Return the labels of all entities in use of a class, in the area of an entity, or both.

    Raises:
        NotInRegisterError: the area is unknown, or there are none, or more than 10,000.
    """
    if area is not None:
        labels_of(connection, [area])
    inside = None if area is None else int(area)
    parameters = {"klass": klass, "area": inside, "more": _MOST + 1}
    found = connection.execute(_SELECTED, parameters).fetchall()
    if not 0 < len(found) <= _MOST:
        count = f"more than {_MOST}" if found else "no"
        raise NotInRegisterError(
            f"class {klass or 'any'}, area {area or 'any'}: {count} entities in use, "
            f"expected 1 to {_MOST}"
        )
    return [_label(row) for row in found]


def _refusal(code: EntityCode, row: tuple[Any, ...] | None) -> str:
    if row is None:
        return f"entity {code.printed()}: not in the register"
    return f"entity {code.printed()}: retired" if row[2] else ""


def _label(row: tuple[Any, ...]) -> Label:
    number, name, _, owner = row
    code = EntityCode.from_int(number)
    return Label(code=code, name=name, class_name=_class_name(code), owner=owner)


def _class_name(code: EntityCode) -> str:
    known = entity_classes().get(code.klass)
    return known.name_zh if known else ""
