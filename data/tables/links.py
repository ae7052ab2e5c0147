"""What linking says of the relations that it found, what people fixed, and how far it came."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

link = Table(
    # Written with its relation and by nobody else, so no foreign key need be checked row by row.
    "link",
    metadata,
    Column("relation_id", BigInteger, primary_key=True, autoincrement=False),
    Column("confidence", Double, nullable=False),
    # Of the rule; none where a person said it.
    Column("limit_m", Double),
    # The object that came next, and how far away that is.
    Column("rival", BigInteger),
    Column("rival_m", Double),
    # Where the device stands at a line: from its start, on which side.
    Column("along_m", Double),
    Column("side", Text),
    # Of the object that a camera sees.
    Column("share", Double),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    one_of("side", ("left", "on", "right")),
)

link_fix = Table(
    # What a person said of a device and a kind of relation; the change sets say who, when and why.
    "link_fix",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("origin", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("kind", Text, nullable=False),
    # None: to none of these.
    Column("target", BigInteger, ForeignKey("entity.code")),
    Column("change_set_id", BigInteger, ForeignKey("change_set.id"), nullable=False),
    Column("released_in", BigInteger, ForeignKey("change_set.id")),
)
Index(
    "uq_link_fix_open",
    link_fix.c.origin,
    link_fix.c.kind,
    unique=True,
    postgresql_where=text("released_in IS NULL"),
)
Index("ix_link_fix_target", link_fix.c.target, postgresql_where=text("released_in IS NULL"))

link_state = Table(
    # Up to which change set, and by which rules, the links that stand were found.
    "link_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("change_set_id", BigInteger, nullable=False),
    Column("rules", JSONB, nullable=False),
    instant("ran_at"),
    CheckConstraint("id = 1", name="one_row"),
)

link_due = Table(
    # Devices around which something changed, and since when they wait to be linked anew. Noted by
    # nobody but linking, so no foreign key need be checked row by row.
    "link_due",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    instant("since"),
)
