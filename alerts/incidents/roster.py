"""Departments, what they answer for, and who is on duty there: kept by people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import ForeignKeyViolation
from psycopg.rows import dict_row

from alerts.recordset import recordset
from twin.codes import EntityCode

Connection = psycopg.AsyncConnection[Any]
Document = dict[str, Any]


class UnknownShiftError(LookupError):
    """No shift has this number. Look it up in the list."""


class InvalidRosterError(ValueError):
    """A department or shift that names something that is not there. Correct it."""


class Duty(NamedTuple):
    """What a department answers for; None stands for anything."""

    domain: str | None = None
    entity_class: str | None = None
    area: int | None = None


class Department(NamedTuple):
    """A department as it is to be.

    Attributes:
        code: its name for life.
        name_zh: in Chinese.
        name_en: in English.
        parent: to whom it hands up; None for the highest.
        supervisor: who hears of what is overdue.
        answers_for: what it is responsible for.
    """

    code: str
    name_zh: str
    name_en: str
    parent: str | None
    supervisor: str | None
    answers_for: tuple[Duty, ...]


class Shift(NamedTuple):
    """Who is on duty where, and when; ``domain`` and ``area`` None stand for any."""

    department: str
    person: str
    role: str
    domain: str | None
    area: int | None
    starts_at: datetime
    ends_at: datetime


_DEPARTMENTS = """
SELECT d.code, d.name_zh, d.name_en, d.parent, d.supervisor, d.version,
       coalesce((SELECT json_agg(json_build_object('domain', r.domain, 'entity_class',
                    r.class_code, 'area', r.area::text) ORDER BY r.id)
                 FROM responsibility r WHERE r.department = d.code), '[]') AS answers_for
FROM department d"""
_PUT = """
INSERT INTO department AS d (code, name_zh, name_en, parent, supervisor)
VALUES (%(code)s, %(name_zh)s, %(name_en)s, %(parent)s, %(supervisor)s)
ON CONFLICT (code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
    parent = excluded.parent, supervisor = excluded.supervisor, version = d.version + 1"""
_ANSWERS = """
INSERT INTO responsibility (department, domain, class_code, area)
SELECT %(code)s, domain, entity_class, area FROM json_to_recordset(%(rows)s::json)
    AS n (domain text, entity_class text, area int8)"""
_ABOVE = """
WITH RECURSIVE above (code) AS (
    SELECT parent FROM department WHERE code = %(code)s UNION
    SELECT d.parent FROM above a JOIN department d ON d.code = a.code)
SELECT FROM above WHERE code = %(code)s"""
_SHIFTS = """
SELECT id, department, person, role, domain, area, starts_at, ends_at FROM duty_shift
WHERE (%(department)s::text IS NULL OR department = %(department)s)
  AND (%(at)s::timestamptz IS NULL OR (starts_at <= %(at)s AND %(at)s < ends_at))
  AND id > %(after)s ORDER BY id LIMIT %(more)s"""
_ADD = """
INSERT INTO duty_shift (department, person, role, domain, area, starts_at, ends_at)
VALUES (%(department)s, %(person)s, %(role)s, %(domain)s, %(area)s, %(starts_at)s, %(ends_at)s)
RETURNING id, department, person, role, domain, area, starts_at, ends_at"""


async def departments(connection: Connection) -> list[Document]:
    """Return all departments, by code."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_DEPARTMENTS + " ORDER BY d.code")
        return await cursor.fetchall()


async def put_department(connection: Connection, wanted: Department) -> Document:
    """Make a department, or let it be as is wanted, and return its document.

    Raises:
        InvalidRosterError: its parent or an area is not there, or it would stand above itself.
    """
    given = wanted._asdict()
    answers = [duty._asdict() for duty in wanted.answers_for]
    try:
        async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_PUT, given)
            await cursor.execute("DELETE FROM responsibility WHERE department = %(code)s", given)
            await cursor.execute(_ANSWERS, {"code": wanted.code, "rows": recordset(answers)})
            await cursor.execute(_ABOVE, given)
            if await cursor.fetchone() is not None:
                raise InvalidRosterError(f"department {wanted.code!r} would stand above itself")
            await cursor.execute(_DEPARTMENTS + " WHERE d.code = %(code)s", given)
            return (await cursor.fetchall())[0]
    except ForeignKeyViolation as error:
        raise InvalidRosterError(_missing(error)) from error


async def shifts(
    connection: Connection, asked: Mapping[str, Any], limit: int
) -> tuple[list[Document], int | None]:
    """Return shifts by number, and the number after which more follow.

    Args:
        connection: to the store.
        asked: ``department``, ``at`` (both may be None) and ``after``.
        limit: at most so many.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SHIFTS, {**asked, "more": limit + 1})
        rows = await cursor.fetchall()
    last = rows[limit - 1]["id"] if len(rows) > limit else None
    return [_shift(row) for row in rows[:limit]], last


async def add_shift(connection: Connection, wanted: Shift) -> Document:
    """Enter a shift and return its document.

    Raises:
        InvalidRosterError: its department or area is not there, or it ends before it begins.
    """
    if wanted.starts_at >= wanted.ends_at:
        raise InvalidRosterError(
            f"shift from {wanted.starts_at.isoformat()} to {wanted.ends_at.isoformat()}: "
            "expected the end after the beginning"
        )
    try:
        async with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_ADD, wanted._asdict())
            return _shift((await cursor.fetchall())[0])
    except ForeignKeyViolation as error:
        raise InvalidRosterError(_missing(error)) from error


async def remove_shift(connection: Connection, number: int) -> None:
    """Remove a shift.

    Raises:
        UnknownShiftError: there is none of that number.
    """
    async with connection.cursor() as cursor:
        await cursor.execute("DELETE FROM duty_shift WHERE id = %s RETURNING id", [number])
        if await cursor.fetchone() is None:
            raise UnknownShiftError(f"shift {number!r}: expected the id of one in the list")


def _shift(row: Document) -> Document:
    area = row["area"]
    return {**row, "area": None if area is None else str(EntityCode.from_int(area))}


def _missing(error: ForeignKeyViolation) -> str:
    """Return what is not there; the server says it as ``Key (area)=(5) is not present``."""
    detail = error.diag.message_detail or str(error)
    return f"roster: expected something that is there; {detail[:1].lower()}{detail[1:].rstrip('.')}"
