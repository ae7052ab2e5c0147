"""Commands to devices, step by step; what was wanted of devices, and what they say of it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.tables.schema import instant, metadata, one_of

_STATES = (
    "requested",
    "approved",
    "sent",
    "accepted",
    "executed",
    "refused",
    "timed out",
    "withdrawn",
    "expired",
)

command = Table(
    "command",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("device", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("parameters", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("second_person", Boolean, nullable=False),
    Column("protocol", Text, nullable=False),
    # What the protocol calls the device, and what its answers carry of the command.
    Column("address", Text, nullable=False),
    Column("reference", Text),
    # What the protocol needs to know to write the command down.
    Column("carriage", JSONB, nullable=False),
    Column("requested_by", Text, nullable=False),
    # Who stands behind a key: the second person must be another one.
    Column("person", Text, nullable=False),
    Column("idempotency_key", Text),
    instant("requested_at"),
    instant("expires_at"),
    Column("answer_s", Integer, nullable=False),
    Column("execute_s", Integer, nullable=False),
    # The states that the device shall be in, written down when the command is sent.
    Column("wanted", JSONB, nullable=False),
    instant("sent_at", nullable=True),
    # When the broker or station took it; until then nobody knows whether it left.
    instant("carried_at", nullable=True),
    instant("deadline_at", nullable=True),
    instant("ended_at", nullable=True),
    Column("late_answer", Text),
    one_of("state", _STATES),
)
Index("ix_command_device", command.c.device, command.c.id)
Index(
    "ix_command_open",
    command.c.state,
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "ix_command_answered",
    command.c.protocol,
    command.c.reference,
    postgresql_where=text("reference IS NOT NULL"),
)
Index(
    "uq_command_idempotency",
    command.c.requested_by,
    command.c.idempotency_key,
    unique=True,
    postgresql_where=text("idempotency_key IS NOT NULL"),
)

command_step = Table(
    "command_step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("command_id", BigInteger, ForeignKey("command.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    instant("at"),
)

device_desired = Table(
    "device_desired",
    metadata,
    Column("device", BigInteger, ForeignKey("entity.code"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("unit", Text, nullable=False),
    # Numbers that differ by no more than this agree.
    Column("tolerance", Double, nullable=False, server_default=text("0")),
    Column("command_id", BigInteger, ForeignKey("command.id"), nullable=False),
    instant("at"),
    Column("by", Text, nullable=False),
)

device_reported = Table(
    "device_reported",
    metadata,
    Column("device", BigInteger, ForeignKey("entity.code"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    instant("at"),
)
