"""When parts of the system last showed that they are at work."""

from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from data.tables.schema import instant, metadata

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("part", Text, primary_key=True),
    # By the store's clock, as whoever asks for its age reads it.
    instant("at"),
    instant("started_at"),
    Column("version", Text, nullable=False),
    Column("told", JSONB, nullable=False),
)
