"""Rules as they were, what they remember, and the alerts that they raised."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from data.tables.schema import LEVELS, MODES, TransactionId, instant, metadata, one_of

_STATES = (
    "raised", "acknowledged", "assigned", "dispatched", "on_site", "resolved", "verified",
    "cleared", "closed",
)  # fmt: skip
_EVENTS = (
    "raised", "escalated", "lowered", "acknowledged", "assigned", "dispatched", "on_site",
    "resolved", "verified", "returned", "cleared", "recurred", "closed", "revised", "reported",
    "commented", "photographed", "shelved", "unshelved", "unsilenced", "suppressed",
    "unsuppressed",
)  # fmt: skip
_VERDICTS = ("confirmed", "false", "duplicate", "test")

rule_version = Table(
    "rule_version",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("origin", Text, nullable=False),
    instant("recorded_at", server_default=text("now()")),
    Column("saved", Boolean, nullable=False, server_default=text("false")),
)

# Which version of each rule is in force; a withdrawn rule stays with ``in_force`` false.
rule = Table(
    "rule",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    instant("changed_at", server_default=text("now()")),
    ForeignKeyConstraint(["rule", "version"], ["rule_version.rule", "rule_version.version"]),
)

# Who put which version of a rule into force, or out of it: it is only ever added to.
rule_change = Table(
    "rule_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", Text),
    instant("at", server_default=text("now()")),
    one_of("action", ("shipped", "saved", "withdrawn", "restored")),
    ForeignKeyConstraint(["rule", "version"], ["rule_version.rule", "rule_version.version"]),
)
Index("ix_rule_change_rule", rule_change.c.rule, rule_change.c.id)

# What a rule remembers of one condition: key is the series, or the camera and its source.
rule_state = Table(
    "rule_state",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("entity", BigInteger, primary_key=True, autoincrement=False),
    Column("mode", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("rule_version", Integer, nullable=False),
    Column("level", Text),
    Column("pending_level", Text),
    instant("pending_since", nullable=True),
    instant("clear_since", nullable=True),
    instant("judged_until"),
    one_of("mode", MODES),
    one_of("level", LEVELS),
    one_of("pending_level", LEVELS),
)

# When the level of a key stood at a thing, by the time of its readings; what late readings showed
# to be otherwise stays with the instant at which that was seen.
rule_interval = Table(
    "rule_interval",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("entity", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("mode", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    instant("from_at"),
    instant("to_at", nullable=True),
    instant("revised_at", nullable=True),
    one_of("mode", MODES),
)
Index(
    "uq_rule_interval_one_stands",
    rule_interval.c.rule,
    rule_interval.c.entity,
    rule_interval.c.mode,
    rule_interval.c.key,
    unique=True,
    postgresql_where=text("to_at IS NULL AND revised_at IS NULL"),
)
Index(
    "ix_rule_interval_entity", rule_interval.c.entity, rule_interval.c.rule, rule_interval.c.to_at
)

alert = Table(
    "alert",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mode", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("entity", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("device", BigInteger, ForeignKey("entity.code")),
    Column("series_id", Integer, ForeignKey("series.id")),
    Column("rule", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    instant("raised_at"),
    instant("observed_at"),
    instant("acknowledged_at", nullable=True),
    instant("cleared_at", nullable=True),
    instant("closed_at", nullable=True),
    Column("reason", Text, nullable=False),
    Column("value", Double),
    Column("limit_value", Double),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Column("assignee", Text),
    Column("department", Text),
    instant("handling_since", nullable=True),
    instant("shelved_until", nullable=True),
    Column("silenced_by", BigInteger, ForeignKey("alert_silence.id")),
    Column("suppressed_by", BigInteger, ForeignKey("alert.id")),
    Column("verdict", Text),
    Column("verdict_reason", Text),
    Column("duplicate_of", BigInteger, ForeignKey("alert.id")),
    Column("occurrences", Integer, nullable=False, server_default=text("1")),
    Column("found_by", Text, nullable=False, server_default=text("'rule'")),
    Column("algorithm", Text),
    # Where a person found it; what a rule raised is where its entity is.
    Column("lon", Double),
    Column("lat", Double),
    one_of("mode", MODES),
    one_of("level", LEVELS),
    one_of("state", _STATES),
    one_of("verdict", _VERDICTS),
)
Index(
    "uq_alert_one_open",
    alert.c.rule,
    alert.c.entity,
    alert.c.mode,
    unique=True,
    # Two finds of people in one area may be two things; a lock keeps those of one thing together.
    postgresql_where=text("state NOT IN ('cleared', 'closed') AND found_by = 'rule'"),
)
Index("ix_alert_entity", alert.c.entity)
Index("ix_alert_not_closed", alert.c.id, postgresql_where=text("state <> 'closed'"))
Index(
    "ix_alert_shelved",
    alert.c.shelved_until,
    postgresql_where=text("shelved_until IS NOT NULL"),
)
Index(
    "ix_alert_silenced",
    alert.c.silenced_by,
    postgresql_where=text("silenced_by IS NOT NULL AND state NOT IN ('cleared', 'closed')"),
)

alert_transition = Table(
    "alert_transition",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("alert_id", BigInteger, ForeignKey("alert.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
    instant("at"),
    instant("observed_at", nullable=True),
    Column("value", Double),
    # Feeds read up to the oldest running transaction, so that a late commit is not skipped.
    Column("txid", TransactionId, nullable=False, server_default=text("pg_current_xact_id()")),
    # From where a person acted: the network address, and the place of their phone.
    Column("address", Text),
    Column("lon", Double),
    Column("lat", Double),
    Column("photo", BigInteger, ForeignKey("alert_photo.id")),
    one_of("event", _EVENTS),
    one_of("to_state", _STATES),
    one_of("level", LEVELS),
)
Index("ix_alert_transition_feed", alert_transition.c.txid, alert_transition.c.id)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("notice_id", UUID, nullable=False, server_default=text("gen_random_uuid()")),
    Column("alert_id", BigInteger, ForeignKey("alert.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'waiting'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("created_at", server_default=text("now()")),
    instant("next_attempt_at", server_default=text("now()")),
    instant("delivered_at", nullable=True),
    Column("error", Text, nullable=False, server_default=text("''")),
    one_of("mode", MODES),
    one_of("state", ("waiting", "delivered", "given up")),
)
Index(
    "ix_outbox_waiting",
    outbox.c.next_attempt_at,
    postgresql_where=text("state = 'waiting'"),
)
