"""Advisory locks of the store: which work only one session does at a time."""

from typing import Any, Final

import psycopg

WRITER: Final = 4_403_110_001
"""The one process that writes and judges this partition."""

ROLLUPS: Final = 4_403_110_002
"""The one session that rolls up: two could write an older sum over a newer one."""

COMMANDER: Final = 4_403_110_005
"""The one session that sends commands to devices."""

LINKER: Final = 4_403_110_014
"""The one session that lets links follow the register."""

ROADS: Final = 4_403_110_012
"""The one session that makes the network of roads."""

NOTICES: Final = 4_403_110_018
"""The one session that plans who is told what."""

INCIDENTS: Final = 4_403_110_017
"""The one session that makes incidents of alerts."""


def try_take(connection: psycopg.Connection[tuple[Any, ...]], lock: int) -> bool:
    """Take a lock for the session unless another one has it; return whether this one has it now."""
    found = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
    connection.commit()
    return found is not None and bool(found[0])
