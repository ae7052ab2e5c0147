"""Series and what was observed, revised, forecast and passed through."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from data.tables.schema import SRID, geometry, hypertable, instant, metadata, one_of

series = Table(
    "series",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("entity", BigInteger, ForeignKey("entity.code"), nullable=False, index=True),
    Column("quantity", Text, nullable=False),
    Column("device", BigInteger, ForeignKey("entity.code"), index=True),
    Column("statistic", Text, nullable=False, server_default=text("'instant'")),
    Column("period_s", Integer, nullable=False, server_default=text("0")),
    Column("channel", Text, nullable=False, server_default=text("''")),
    Column("mode", Text, nullable=False, server_default=text("'actual'")),
    instant("created_at", server_default=text("now()")),
    UniqueConstraint(
        "entity",
        "quantity",
        "device",
        "statistic",
        "period_s",
        "channel",
        "mode",
        name="uq_series_identity",
        postgresql_nulls_not_distinct=True,
    ),
    one_of("statistic", ("instant", "mean", "min", "max", "sum", "counter")),
    # Back-filled history belongs to the real city's series.
    one_of("mode", ("actual", "exercise", "replay")),
    CheckConstraint("period_s >= 0", name="period"),
)

series_calibration = Table(
    "series_calibration",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("series_id", Integer, ForeignKey("series.id"), nullable=False),
    Column("valid", TSTZRANGE, nullable=False, server_default=text("'(,)'")),
    Column("scale", Double, nullable=False, server_default=text("1")),
    Column("shift", Double, nullable=False, server_default=text("0")),
    Column("datum", Text, nullable=False, server_default=text("''")),
    ExcludeConstraint(
        ("series_id", "="), ("valid", "&&"), name="ex_series_calibration_one_at_a_time"
    ),
)


def _measured() -> list[Column[object]]:
    return [
        Column("value", Double, nullable=False),
        Column("quality", SmallInteger, nullable=False),
        instant("received_at"),
    ]


observation = Table(
    "observation",
    metadata,
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    instant("ts", primary_key=True),
    *_measured(),
)
hypertable(observation, "ts", "1 day")
# Rows stand in the order of their arrival, by which rollups find what is new.
Index("ix_observation_received_at", observation.c.received_at, postgresql_using="brin")

stored_batch = Table(
    # What was stored and is not in the rollups yet; the rollup job takes its rows away.
    "stored_batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    instant("received_from"),
    instant("received_to"),
    instant("observed_from"),
    instant("observed_to"),
    # Of values of one series that were changed; null stands for whatever arrived.
    Column("series_id", Integer),
    # 0 for values, 1 for minutes whose hours are due, 2 for hours whose days are.
    Column("level", SmallInteger, nullable=False, server_default=text("0")),
)


def _rollup(name: str, chunk: str) -> Table:
    """Return a table of what the values of a series came to in each bucket of time.

    Values that are unreliable are counted apart and are in no other column, which are null where
    there is no other value.
    """
    table = Table(
        name,
        metadata,
        Column("series_id", Integer, primary_key=True, autoincrement=False),
        instant("bucket", primary_key=True),
        Column("count", Integer, nullable=False),
        Column("unreliable", Integer, nullable=False),
        Column("min", Double),
        Column("max", Double),
        Column("sum", Double),
        Column("first", Double),
        Column("last", Double),
    )
    hypertable(table, "bucket", chunk)
    return table


rollup_minute = _rollup("rollup_minute", "7 days")
rollup_hour = _rollup("rollup_hour", "90 days")
rollup_day = _rollup("rollup_day", "3650 days")

observation_conflict = Table(
    "observation_conflict",
    metadata,
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    instant("ts", primary_key=True),
    Column("value", Double, primary_key=True),
    Column("quality", SmallInteger, nullable=False),
    instant("received_at"),
)

observation_revision = Table(
    "observation_revision",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("series_id", Integer, ForeignKey("series.id"), nullable=False),
    instant("ts"),
    Column("old_value", Double, nullable=False),
    Column("old_quality", SmallInteger, nullable=False),
    Column("new_value", Double, nullable=False),
    Column("new_quality", SmallInteger, nullable=False),
    instant("revised_at", server_default=text("now()")),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("ix_observation_revision_series_ts", observation_revision.c.series_id, "ts")

series_latest = Table(
    "series_latest",
    metadata,
    Column("series_id", Integer, ForeignKey("series.id"), primary_key=True, autoincrement=False),
    instant("ts"),
    *_measured(),
    # Rows are rewritten all day; room in each page keeps those updates off the index.
    postgresql_with={"fillfactor": 60},
)

position = Table(
    "position",
    metadata,
    Column("entity", BigInteger, primary_key=True, autoincrement=False),
    instant("ts", primary_key=True),
    Column("geom", geometry("POINT", SRID), nullable=False),
    Column("accuracy_m", Double),
    Column("source", Text, nullable=False),
    instant("received_at"),
)
hypertable(position, "ts", "7 days")

forecast_run = Table(
    "forecast_run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),
    instant("issued_at"),
    instant("recorded_at", server_default=text("now()")),
    Column("actor", Text, nullable=False),
    UniqueConstraint("model", "version", "issued_at"),
)

forecast = Table(
    "forecast",
    metadata,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    instant("valid_ts", primary_key=True),
    Column("value", Double, nullable=False),
)
hypertable(forecast, "valid_ts", "7 days")
