"""What is expected of the values of series, and what people say of stored values."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.tables.schema import instant, metadata, one_of

quality_state = Table(
    "quality_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # Whoever keeps settings or calibrations in memory reads them anew when this has grown.
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

quality_setting = Table(
    # Of one series, or where there is none of all series of an entity and a quantity.
    "quality_setting",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("entity", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("quantity", Text, nullable=False),
    Column("series_id", Integer, ForeignKey("series.id")),
    Column("settings", JSONB, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("set_at", server_default=text("now()")),
    UniqueConstraint(
        "entity",
        "quantity",
        "series_id",
        name="uq_quality_setting_scope",
        postgresql_nulls_not_distinct=True,
    ),
)

observation_flag = Table(
    # What a person said of stored values; the quality of each keeps its former grade.
    "observation_flag",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("series_id", Integer, ForeignKey("series.id"), nullable=False),
    instant("flagged_from"),
    instant("flagged_to"),
    Column("verdict", Text, nullable=False),
    Column("observations", Integer, nullable=False),
    # How many of them were of which grade before.
    Column("before", JSONB, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("flagged_at", server_default=text("now()")),
    one_of("verdict", ("good", "doubtful", "unreliable", "lift")),
)
Index("ix_observation_flag_series_id", observation_flag.c.series_id, observation_flag.c.id)
