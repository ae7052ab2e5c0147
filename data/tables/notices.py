"""Who is told of incidents, what was sent to them, and warnings of others as CAP messages."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID

from data.tables.alerts import outbox
from data.tables.schema import (
    LEVELS,
    MODES,
    TransactionId,
    geometry,
    instant,
    metadata,
    one_of,
)

_NONE = text("'{}'")
_NOW = text("now()")

subscription = Table(
    "subscription",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, server_default=text("''")),
    # Numbers of a gateway for short messages, or zones of one for loudspeakers.
    Column("recipients", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("language", Text, nullable=False, server_default=text("'both'")),
    Column("modes", ARRAY(Text), nullable=False, server_default=text("'{actual}'")),
    Column("levels", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("domains", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("classes", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("departments", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("area", BigInteger, ForeignKey("entity.code")),
    # By the clock of UTC+8.
    Column("quiet_from", Time),
    Column("quiet_to", Time),
    Column("quiet_level", Text),
    Column("group_wait_s", Integer, nullable=False, server_default=text("30")),
    Column("group_interval_s", Integer, nullable=False, server_default=text("300")),
    Column("repeat_interval_s", Integer),
    Column("per_minute", Integer, nullable=False, server_default=text("10")),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("secret", Text),
    Column("old_secret", Text),
    instant("old_secret_until", nullable=True),
    Column("receipt_key", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    instant("created_at", server_default=_NOW),
    instant("withdrawn_at", nullable=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    one_of("kind", ("webhook", "email", "sms", "public_address", "cap")),
    one_of("language", ("zh", "en", "both")),
    one_of("quiet_level", LEVELS),
)
Index(
    "uq_subscription_name",
    subscription.c.name,
    unique=True,
    postgresql_where=text("withdrawn_at IS NULL"),
)

# What the sender knows of a target. Whoever sends to it holds the row, so that one thing at a time
# is under way to each and changing a subscription does not wait for its target.
subscription_sending = Table(
    "subscription_sending",
    metadata,
    Column("subscription_id", BigInteger, ForeignKey("subscription.id"), primary_key=True),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    instant("resume_at", nullable=True),
)

# How far the transitions of alerts were read. Below the floor all of them; above it those that
# stand in notice_seen, for a transaction with a lower number may yet commit.
notice_floor = Table(
    "notice_floor",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("txid", TransactionId, nullable=False),
)
notice_seen = Table(
    "notice_seen",
    metadata,
    Column("transition_id", BigInteger, primary_key=True, autoincrement=False),
    Column("txid", TransactionId, nullable=False),
)

# What one subscriber knows of one incident, or of an alert that has none.
notice_group = Table(
    "notice_group",
    metadata,
    Column("subscription_id", BigInteger, ForeignKey("subscription.id"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), index=True),
    Column("alert_id", BigInteger, ForeignKey("alert.id"), index=True),
    instant("due_at", nullable=True),
    instant("told_at", nullable=True),
    # The highest level of what was told last: 0 none, 1 blue to 4 red.
    Column("level", SmallInteger, nullable=False, server_default=text("0")),
    Column("told", JSONB, nullable=False, server_default=_NONE),
    Column("ended", Boolean, nullable=False, server_default=text("false")),
    Column("has_muted", Boolean, nullable=False, server_default=text("false")),
    Column("incident_version", Integer),
)
Index("ix_notice_group_due", notice_group.c.due_at, postgresql_where=text("due_at IS NOT NULL"))
Index(
    "ix_notice_group_open",
    notice_group.c.subscription_id,
    notice_group.c.subject,
    postgresql_where=text("NOT ended"),
)

incident_call = Table(
    "incident_call",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), nullable=False, index=True),
    Column("message", Text, nullable=False),
    Column("actor", Text, nullable=False),
    instant("at", server_default=_NOW),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("notice_id", UUID, nullable=False, server_default=text("gen_random_uuid()")),
    Column("subscription_id", BigInteger, ForeignKey("subscription.id"), nullable=False),
    Column("call_id", BigInteger, ForeignKey("incident_call.id"), index=True),
    Column("reason", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("created_at", server_default=_NOW),
    instant("next_attempt_at", server_default=_NOW),
    # From when on the time counts after which it is given up.
    instant("patience_from", server_default=_NOW),
    instant("delivered_at", nullable=True),
    Column("error", Text, nullable=False, server_default=text("''")),
    one_of("reason", ("new", "changed", "repeated", "ended", "joined", "call", "test")),
    one_of("mode", MODES),
    one_of("state", ("waiting", "delivered", "given up")),
)
Index("uq_delivery_notice_id", delivery.c.notice_id, unique=True)
Index("ix_delivery_waiting", delivery.c.next_attempt_at, postgresql_where=text("state = 'waiting'"))
Index("ix_delivery_created", delivery.c.created_at, delivery.c.notice_id)
Index("ix_delivery_rate", delivery.c.subscription_id, delivery.c.created_at)
Index("ix_outbox_given_up", outbox.c.notice_id, postgresql_where=text("state = 'given up'"))

delivery_subject = Table(
    "delivery_subject",
    metadata,
    Column("subscription_id", BigInteger, ForeignKey("subscription.id"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("delivery_id", BigInteger, ForeignKey("delivery.id"), primary_key=True),
)
Index("ix_delivery_subject_delivery_id", delivery_subject.c.delivery_id)

delivery_receipt = Table(
    "delivery_receipt",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("delivery.id"), primary_key=True),
    Column("who", Text, primary_key=True),
    Column("answer", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
    instant("at", server_default=_NOW),
    one_of("answer", ("received", "coming", "cannot come")),
)

cap_issued = Table(
    "cap_issued",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("subscription_id", BigInteger, ForeignKey("subscription.id"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("msg_type", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("reference", Text, nullable=False),
    instant("sent"),
    instant("expires"),
    Column("document", BYTEA, nullable=False),
    one_of("mode", MODES),
    one_of("msg_type", ("Alert", "Update", "Cancel")),
)
Index(
    "uq_cap_issued_number",
    cap_issued.c.subscription_id,
    cap_issued.c.subject,
    cap_issued.c.number,
    unique=True,
)
Index("ix_cap_issued_sent", cap_issued.c.sent)

cap_message = Table(
    "cap_message",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    instant("sent"),
    Column("status", Text, nullable=False),
    Column("msg_type", Text, nullable=False),
    # Of those that it updates or cancels: sender,identifier,sent.
    Column("reference", ARRAY(Text), nullable=False, server_default=_NONE),
    Column("headline", Text, nullable=False, server_default=text("''")),
    # In which its signals count; none where they do not.
    Column("mode", Text),
    Column("source", Text, nullable=False),
    Column("raw", BYTEA, nullable=False),
    instant("received_at"),
    # Another message took its place, or took it back.
    instant("ended_at", nullable=True),
    Column("ended_by", Text, nullable=False, server_default=text("''")),
    one_of("mode", MODES),
)
Index(
    "uq_cap_message_reference",
    cap_message.c.sender,
    cap_message.c.identifier,
    cap_message.c.sent,
    unique=True,
)
Index("ix_cap_message_source", cap_message.c.source, cap_message.c.received_at)

# What a message warns of: one for each of its info blocks that differ in more than language.
cap_signal = Table(
    "cap_signal",
    metadata,
    Column("message_id", BigInteger, ForeignKey("cap_message.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("event_code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("certainty", Text, nullable=False),
    # 0 none, 1 blue, 2 yellow, 3 orange, 4 red.
    Column("level", SmallInteger, nullable=False),
    Column("is_weather", Boolean, nullable=False),
    instant("begins_at"),
    instant("expires_at"),
    Column("area_text", Text, nullable=False),
    Column("geocodes", ARRAY(Text), nullable=False),
    Column("area", geometry("GEOMETRY", 4326)),
)
Index("ix_cap_signal_expires_at", cap_signal.c.expires_at)
