"""The running parts of the system as things of the register (class 8901), in the district's county.

Each has one code for life and is found again by its name in the scheme ``asset.citytwin``.
"""

from collections.abc import Mapping
from typing import Any, Final

import psycopg

from data.registry import ChangeSet, EntityChange, NewName, issue_codes, record

Connection = psycopg.Connection[tuple[Any, ...]]

CLASS: Final = "8901"
SCHEME: Final = "asset.citytwin"
PARTS: Final[Mapping[str, str]] = {
    "ingest": "CityTwin 数据接入 ingest",
    "delivery": "CityTwin 通知发送 delivery",
    "web": "CityTwin 网页服务 web",
}
"""What each part is called in the register, by its name in ``SCHEME``."""

_COUNTY_CLASS: Final = "8805"
_COUNTY = """
    SELECT substr(code::text, 1, 6) FROM entity
    WHERE class_code = %s AND NOT retired ORDER BY code LIMIT 1"""
_KNOWN = """
    SELECT n.value, e.code, e.retired FROM entity_name n JOIN entity e ON e.code = n.code
    WHERE n.scheme = %s AND n.superseded_in IS NULL"""


def own_parts(connection: Connection) -> dict[str, int]:
    """Return the codes of the parts that are in the register and in use, by name."""
    return {name: code for name, (code, retired) in _known(connection).items() if not retired}


def make_own_parts(connection: Connection) -> dict[str, int]:
    """Make the parts that are not in the register yet; return the codes of those in use.

    A store without a county (class 8805) gets none, and one that was retired is not made again.

    Args:
        connection: in no transaction; what is made is committed.

    Raises:
        ChangeRefusedError: the register cannot take them.
        CodesExhaustedError: the county has no serials of systems left.
    """
    with connection.transaction():
        known = _known(connection)
        county = connection.execute(_COUNTY, [_COUNTY_CLASS]).fetchone()
    missing = [name for name in PARTS if name not in known]
    if missing and county is not None:
        codes = issue_codes(connection, county[0], CLASS, len(missing)).codes
        with connection.transaction():
            record(connection, _change(dict(zip(missing, codes, strict=True))))
    with connection.transaction():
        return own_parts(connection)


def _known(connection: Connection) -> dict[str, tuple[int, bool]]:
    rows = connection.execute(_KNOWN, [SCHEME])
    return {name: (code, retired) for name, code, retired in rows}


def _change(made: Mapping[str, int]) -> ChangeSet:
    return ChangeSet(
        "twin ingest",
        "the system watches itself",
        "citytwin",
        entities=[EntityChange(code, PARTS[name]) for name, code in made.items()],
        names=[NewName(code, SCHEME, name) for name, code in made.items()],
    )
