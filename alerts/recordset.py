"""Many rows as one parameter: JSON that the database turns into a set of records.

Lists of texts as array parameters are escaped element by element, which took most of a storm.
"""

from collections.abc import Iterable, Mapping

import orjson


def recordset(rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows for ``json_to_recordset``; numbers and instants keep every digit."""
    return orjson.dumps(list(rows)).decode()
