"""How devices are: their state now, its history, and when we listened to them."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text, text

from data.tables.schema import hypertable, instant, metadata, one_of

STATES = ("unknown", "online", "late", "silent", "throttled", "faulty", "clock wrong")

device_state = Table(
    "device_state",
    metadata,
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    Column("conflicts", BigInteger, nullable=False, server_default=text("0")),
    instant("last_conflict_at", nullable=True),
    Column("state", Text, nullable=False, server_default=text("'unknown'")),
    instant("since", nullable=True),
    Column("reason", Text, nullable=False, server_default=text("''")),
    # When the state was found; what was heard since is in series_latest.
    instant("heard_at", nullable=True),
    instant("gone_at", nullable=True),
    Column("interval_s", Integer),
    Column("refused", BigInteger, nullable=False, server_default=text("0")),
    instant("last_refused_at", nullable=True),
    one_of("state", STATES),
)

device_state_history = Table(
    "device_state_history",
    metadata,
    Column("device", BigInteger, primary_key=True, autoincrement=False),
    instant("at", primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    one_of("state", STATES),
)
hypertable(device_state_history, "at", "30 days")

# Silence counts only in these spans.
listening_span = Table(
    "listening_span",
    metadata,
    instant("since", primary_key=True),
    instant("until"),
)
