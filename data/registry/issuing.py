"""Giving out codes: each serial of a class in a county once, whatever becomes of it."""

from typing import Any, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

from data.reference import entity_classes
from data.registry.errors import ChangeRefusedError, CodesExhaustedError
from twin.codes import DivisionCode

_LAST_SERIAL = 999_999
WARNING_FROM = 900_000

# The first time, what the register holds already counts as given.
_TAKE = """
    INSERT INTO code_serial AS s (county, class_code, last)
    SELECT %(county)s, %(klass)s, greatest(0, coalesce(max(mod(code, 1000000)), 0)) + %(count)s
    FROM entity WHERE code BETWEEN %(first)s AND %(first)s + 999999
    HAVING coalesce(max(mod(code, 1000000)), 0) + %(count)s <= 999999
    ON CONFLICT (county, class_code) DO UPDATE SET last = s.last + %(count)s
    WHERE s.last + %(count)s <= 999999
    RETURNING last"""


class Issued(NamedTuple):
    """Codes that nothing has had yet, and a sentence where the class runs out in the county."""

    codes: range
    warning: str = ""


def issue_codes(
    connection: psycopg.Connection[tuple[Any, ...]], county: str, klass: str, count: int
) -> Issued:
    """Give out ``count`` codes in a transaction of their own, which is committed at once.

    So concurrent callers do not wait for one another's imports, and what a failed import took
    stays unused.

    Args:
        connection: idle; an import gives a connection beside its own.
        county: six digits of GB/T 2260.
        klass: four digits of the class table.
        count: how many, from 1.

    Raises:
        ChangeRefusedError: no such county code or class, or a count below 1.
        CodesExhaustedError: the class has not so many serials left in the county.
        RuntimeError: the connection is in a transaction.
    """
    _check(county, klass, count)
    if connection.info.transaction_status is not TransactionStatus.IDLE:
        raise RuntimeError("codes are issued in a transaction of their own: expected an idle one")
    first = int(f"{county}{klass}000000")
    with connection.transaction():
        found = connection.execute(
            _TAKE, {"county": county, "klass": klass, "count": count, "first": first}
        ).fetchone()
    if found is None:
        raise CodesExhaustedError(_exhausted(connection, county, klass, count))
    last = int(found[0])
    codes = range(first + last - count + 1, first + last + 1)
    return Issued(codes, _warning(county, klass, last))


def _check(county: str, klass: str, count: int) -> None:
    if DivisionCode.parse(county).level != "county":
        raise ChangeRefusedError(f"county {county!r}: expected the six digits of a county")
    if klass not in entity_classes():
        raise ChangeRefusedError(f"class {klass!r}: expected a row of classes.csv")
    if count < 1:
        raise ChangeRefusedError(f"{count} codes: expected at least 1")


def _warning(county: str, klass: str, last: int) -> str:
    if last < WARNING_FROM:
        return ""
    return (
        f"class {klass} in county {county}: {last:,} of {_LAST_SERIAL:,} serials are given out, "
        f"{_LAST_SERIAL - last:,} are left"
    )


def _exhausted(
    connection: psycopg.Connection[tuple[Any, ...]], county: str, klass: str, count: int
) -> str:
    with connection.transaction():
        found = connection.execute(
            "SELECT last FROM code_serial WHERE county = %s AND class_code = %s", (county, klass)
        ).fetchone()
    left = _LAST_SERIAL - (int(found[0]) if found else 0)
    return f"class {klass} in county {county}: {count:,} codes wanted, expected at most {left:,}"
