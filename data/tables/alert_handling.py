"""What people add to alerts: silences beforehand, photos, and what they find themselves."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

from data.tables.schema import LEVELS, MODES, instant, metadata, one_of

# Which alerts are quiet from the start; a column that is NULL asks for nothing.
alert_silence = Table(
    "alert_silence",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("entities", ARRAY(BigInteger)),
    Column("area", BigInteger, ForeignKey("entity.code")),
    Column("classes", ARRAY(Text)),
    Column("rules", ARRAY(Text)),
    Column("domains", ARRAY(Text)),
    Column("at_most", Text, nullable=False),
    instant("starts_at"),
    instant("ends_at"),
    Column("reason", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    instant("made_at", server_default=text("now()")),
    instant("ended_at", nullable=True),
    Column("ended_by", Text),
    one_of("kind", ("silence", "maintenance")),
    one_of("mode", MODES),
    one_of("at_most", LEVELS),
    CheckConstraint("starts_at < ends_at", name="span"),
)
Index(
    "ix_alert_silence_not_ended",
    alert_silence.c.ends_at,
    postgresql_where=text("ended_at IS NULL"),
)

alert_photo = Table(
    "alert_photo",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert_id", BigInteger, ForeignKey("alert.id"), nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    instant("added_at", server_default=text("now()")),
    one_of("media_type", ("image/jpeg", "image/png", "image/webp")),
)
Index("uq_alert_photo_same", alert_photo.c.alert_id, alert_photo.c.digest, unique=True)

# Each report as it came, by the number that its source gave it; several may be one alert.
alert_case = Table(
    "alert_case",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert_id", BigInteger, ForeignKey("alert.id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("case_class", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    instant("observed_at"),
    instant("received_at", server_default=text("now()")),
    Column("received_from", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("merged", Boolean, nullable=False),
)
Index("uq_alert_case_number", alert_case.c.source, alert_case.c.number, unique=True)
