"""The tables that say what identifiers mean."""

from functools import cache
from typing import NamedTuple

from data.reference.tables import table_rows


class EntityClass(NamedTuple):
    """One row of ``classes.csv``.

    ``role`` is thing, area, device, camera or mobile (crews and what they drive). ``status`` says
    how sure the row is: verified (read in a source), partly (from one list whose gaps were filled
    from another), own (the project's).
    """

    code: str
    name_en: str
    name_zh: str
    role: str
    status: str
    source: str


class MajorClass(NamedTuple):
    """One row of ``majors.csv``; ``owner`` is national, Shenzhen or project."""

    code: str
    name_en: str
    name_zh: str
    owner: str
    status: str
    source: str


class Scheme(NamedTuple):
    """One row of ``schemes.csv``: a kind of name, with how sure its rules are."""

    code: str
    name_en: str
    name_zh: str
    standard: str
    status: str
    note: str


class Division(NamedTuple):
    """One row of ``divisions.csv``: a province, city, county or sub-district.

    ``parent`` is the code of the division above, which the table need not have.
    """

    code: str
    name_zh: str
    level: str
    parent: str
    status: str
    source: str


class Gb28181Code(NamedTuple):
    """One row of ``gb28181_codes.csv``; ``part`` is industry, type or network."""

    part: str
    code: str
    name_en: str
    name_zh: str
    note: str
    status: str
    source: str


@cache
def entity_classes() -> dict[str, EntityClass]:
    """Return the classes of entities by their four digits."""
    return {row[0]: EntityClass(*row) for row in table_rows("classes.csv")}


@cache
def major_classes() -> dict[str, MajorClass]:
    """Return the major classes by their two digits."""
    return {row[0]: MajorClass(*row) for row in table_rows("majors.csv")}


@cache
def schemes() -> dict[str, Scheme]:
    """Return the schemes of names by code; ``twin.codes.SCHEMES`` reads their values."""
    return {row[0]: Scheme(*row) for row in table_rows("schemes.csv")}


@cache
def divisions() -> dict[str, Division]:
    """Return the administrative divisions by code.

    Counties of the mainland; sub-districts of Shenzhen only.
    """
    return {row[0]: Division(*row) for row in table_rows("divisions.csv")}


def division(code: str) -> Division | None:
    """Return one administrative division, None if the table does not have it."""
    return divisions().get(code)


@cache
def gb28181_codes() -> dict[tuple[str, str], Gb28181Code]:
    """Return the meanings of the parts of a GB/T 28181 id by part and digits."""
    return {(row[0], row[1]): Gb28181Code(*row) for row in table_rows("gb28181_codes.csv")}
