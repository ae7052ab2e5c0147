"""What came in besides readings: video events, and messages that could not be taken."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.schema import Identity

from data.tables.schema import MODES, hypertable, instant, metadata, one_of

video_event = Table(
    "video_event",
    metadata,
    Column("camera", BigInteger, primary_key=True, autoincrement=False),
    instant("ts", primary_key=True),
    Column("topic", Text, primary_key=True),
    # Of source, data and mode: a camera may say several things at the same instant.
    Column("digest", BYTEA, primary_key=True),
    Column("source", Text, nullable=False),
    Column("active", Boolean),
    Column("data", JSONB, nullable=False),
    Column("mode", Text, nullable=False),
    Column("retained", Boolean, nullable=False, server_default=text("false")),
    Column("verdict", Text, nullable=False, server_default=text("''")),
    instant("received_at"),
    one_of("mode", MODES),
)
hypertable(video_event, "ts", "7 days")

parked_message = Table(
    "parked_message",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", BYTEA, nullable=False),
    Column("digest", BYTEA, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("times", BigInteger, nullable=False, server_default=text("1")),
    instant("first_received_at"),
    instant("last_received_at"),
    instant("replayed_at", nullable=True),
    Column("retained", Boolean, nullable=False, server_default=text("false")),
    # Somebody wants it to be offered again; the ingest process does it.
    instant("replay_wanted_at", nullable=True),
    one_of("mode", MODES),
)
Index(
    "uq_parked_message_content",
    parked_message.c.source,
    parked_message.c.topic,
    parked_message.c.digest,
    unique=True,
)

Index(
    "ix_parked_message_replay_wanted",
    parked_message.c.id,
    postgresql_where=text("replay_wanted_at IS NOT NULL"),
)

# A message without its own time is known again only by the broker's packet id and its content.
committed_message = Table(
    "committed_message",
    metadata,
    Column("client", Text, primary_key=True),
    Column("packet_id", Integer, primary_key=True, autoincrement=False),
    Column("digest", BYTEA, nullable=False),
    instant("committed_at"),
    postgresql_with={"fillfactor": 60},
)
