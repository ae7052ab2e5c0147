"""Recorded series as messages again: a map says what the columns of a file are (docs/ingest.md)."""

from ingest.replay.map import ReplayMap, ReplayMapError, read_map
from ingest.replay.messages import by_instant, payload
from ingest.replay.rows import ReplayRow, RowFault, read_rows

__all__ = [
    "ReplayMap",
    "ReplayMapError",
    "ReplayRow",
    "RowFault",
    "by_instant",
    "payload",
    "read_map",
    "read_rows",
]
