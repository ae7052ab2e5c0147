"""What names mean in the register now, asked about many at once."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL

from data.registry.staging import Cursor

_LINES_A_BLOCK = 10_000
_ASKED = "CREATE TEMP TABLE asked_name (at int4, value text) ON COMMIT DROP"

_BY_NAME = """
    SELECT a.at, e.code, e.retired, n.valid @> now() AS now
    FROM asked_name a
    JOIN entity_name n ON n.scheme = %(scheme)s AND n.value = a.value AND n.superseded_in IS NULL
    JOIN entity e ON e.code = n.code"""

_BY_CODE = """
    SELECT a.at, e.code, e.retired, true AS now
    FROM asked_name a JOIN entity e ON e.code = a.value::int8"""

# All answers as one value: a row of its own for each costs more than to find it.
_TOGETHER = """
    SELECT string_agg(int4send(at) || int8send(code) || boolsend(retired) || boolsend(now), '')
    FROM ({found}) AS found"""
_HELD = np.dtype([("at", ">i4"), ("code", ">i8"), ("retired", "?"), ("now", "?")])

_KNOWN_OF_MODEL = """
    SELECT DISTINCT n.code FROM entity_name n JOIN entity e ON e.code = n.code
    WHERE n.scheme = %(scheme)s AND n.superseded_in IS NULL AND n.valid @> now() AND NOT e.retired
    AND n.value IN (
        SELECT k.value FROM entity_name k JOIN change_set c ON c.id = k.change_set_id
        WHERE k.scheme = %(scheme)s AND c.model = %(model)s)"""

_SAID_BY_MODEL = """
    SELECT n.code, n.scheme, n.value FROM entity_name n JOIN change_set c ON c.id = n.change_set_id
    WHERE c.model = %(model)s AND n.scheme = ANY (%(schemes)s) AND n.superseded_in IS NULL"""


class Holders(NamedTuple):
    """Which entities have names; k answers, none or several for a name.

    Attributes:
        at: (k,) positions of the names.
        codes: (k,) entity codes.
        retired: (k,) whether the entity is retired.
        now: (k,) whether it has the name now.
    """

    at: NDArray[np.int64]
    codes: NDArray[np.int64]
    retired: NDArray[np.bool_]
    now: NDArray[np.bool_]

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Yield position and code of each answer."""
        return zip(self.at.tolist(), self.codes.tolist(), strict=True)

    def only(self, wanted: NDArray[np.bool_]) -> "Holders":
        """Return some of the answers."""
        return Holders(self.at[wanted], self.codes[wanted], self.retired[wanted], self.now[wanted])


def holders(cursor: Cursor, scheme: str, names: Sequence[str | None]) -> Holders:
    """Return who has names that stand in a scheme; of scheme ``code``, which codes there are.

    Args:
        cursor: in a transaction.
        scheme: of all the names.
        names: in the form in which they are stored; None and empty ask nothing.
    """
    cursor.execute(_ASKED)
    with cursor.copy("COPY asked_name FROM STDIN") as copy:
        lines = (f"{at}\t{_escaped(name)}\n" for at, name in enumerate(names) if name)
        while block := "".join(islice(lines, _LINES_A_BLOCK)):
            copy.write(block)
    cursor.execute("ANALYZE asked_name")
    query = SQL(_TOGETHER).format(found=SQL(_BY_CODE if scheme == "code" else _BY_NAME))
    cursor.execute(query, {"scheme": scheme}, binary=True)
    sent = cursor.fetchall()[0][0] or b""
    cursor.execute("DROP TABLE asked_name")
    found = np.frombuffer(sent, _HELD)
    return Holders(
        found["at"].astype(np.int64), found["code"].astype(np.int64), found["retired"], found["now"]
    )


def _escaped(name: str) -> str:
    """Return a name as COPY reads it; names have no line breaks or tabs."""
    return name.replace("\\", "\\\\")


def entities_of_model(cursor: Cursor, model: str, scheme: str) -> set[int]:
    """Return the entities in use whose key an import of the model has brought in."""
    cursor.execute(_KNOWN_OF_MODEL, {"scheme": scheme, "model": model})
    return {int(row[0]) for row in cursor.fetchall()}


def names_said_by_model(
    cursor: Cursor, model: str, schemes: list[str]
) -> Iterator[tuple[int, str, str]]:
    """Yield (code, scheme, value) of the names that imports of the model have given."""
    if schemes:
        cursor.execute(_SAID_BY_MODEL, {"model": model, "schemes": schemes})
        yield from cursor.fetchall()
