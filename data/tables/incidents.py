"""Incidents: alerts of one cause, place and time; who answers for them, and until when."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from data.tables.schema import (
    LEVELS,
    MODES,
    SRID,
    TransactionId,
    geometry,
    instant,
    metadata,
    one_of,
)

_STATES = ("open", "ended", "closed")
_EVENTS = (
    "raised", "escalated", "lowered", "grown", "root_changed", "ended", "reopened", "closed",
    "merged", "split", "accepted", "handed_up", "handed_down", "returned", "commented", "overdue",
)  # fmt: skip

department = Table(
    "department",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_zh", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    # To whom it hands up.
    Column("parent", Text, ForeignKey("department.code")),
    Column("supervisor", Text),
    Column("version", Integer, nullable=False, server_default=text("1")),
)

# What a department answers for; an empty field stands for anything. The row that says most counts.
responsibility = Table(
    "responsibility",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("department", Text, ForeignKey("department.code"), nullable=False, index=True),
    Column("domain", Text),
    Column("class_code", Text),
    Column("area", BigInteger, ForeignKey("entity.code")),
)

duty_shift = Table(
    "duty_shift",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("department", Text, ForeignKey("department.code"), nullable=False),
    Column("person", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("domain", Text),
    Column("area", BigInteger, ForeignKey("entity.code")),
    instant("starts_at"),
    instant("ends_at"),
    one_of("role", ("duty", "supervisor")),
    CheckConstraint("starts_at < ends_at", name="span"),
)
Index("ix_duty_shift_time", duty_shift.c.department, duty_shift.c.ends_at)

incident = Table(
    "incident",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("mode", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("root_alert", BigInteger, ForeignKey("alert.id")),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("place", geometry("GEOMETRY", SRID)),
    instant("began_at"),
    instant("changed_at"),
    instant("ended_at", nullable=True),
    Column("version", Integer, nullable=False, server_default=text("1")),
    instant("closed_at", nullable=True),
    # The alert whose number its notices carry, so that they leave in their order.
    Column("first_alert", BigInteger, ForeignKey("alert.id")),
    Column("members", Integer, nullable=False, server_default=text("0")),
    Column("standing", Integer, nullable=False, server_default=text("0")),
    # Since when none stands, by our clock.
    instant("quiet_since", nullable=True),
    Column("merged_into", BigInteger, ForeignKey("incident.id")),
    Column("department", Text, ForeignKey("department.code")),
    Column("owner", Text),
    instant("accepted_at", nullable=True),
    # To whom it was handed and who has not accepted it yet; until then the owner stays.
    Column("offered", Text, ForeignKey("department.code")),
    Column("came_from", Text, ForeignKey("department.code")),
    instant("respond_by", nullable=True),
    instant("complete_by", nullable=True),
    instant("response_overdue_at", nullable=True),
    instant("completion_overdue_at", nullable=True),
    # To whom it went when it was overdue.
    Column("supervisor", Text),
    one_of("mode", MODES),
    one_of("level", LEVELS),
    one_of("state", _STATES),
)
Index("ix_incident_not_closed", incident.c.id, postgresql_where=text("state <> 'closed'"))

incident_alert = Table(
    "incident_alert",
    metadata,
    Column("alert_id", BigInteger, ForeignKey("alert.id"), primary_key=True, autoincrement=False),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    instant("since"),
    # The version of the alert that the keeper saw last.
    Column("alert_version", Integer, nullable=False, server_default=text("0")),
    # Alerts that share a cause have one number: that of the first of them.
    Column("cluster", BigInteger),
    # What it follows from, and by which link.
    Column("cause_alert", BigInteger),
    Column("cause_link", Text),
    # Each of them quiets it while it stands at no lower level.
    Column("quieters", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    # A person put it here; no link takes it away.
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    one_of("role", ("root", "consequence", "member")),
)
Index("ix_incident_alert_incident", incident_alert.c.incident_id)

# Incidents that a person split: no link joins them again.
incident_apart = Table(
    "incident_apart",
    metadata,
    Column("one", BigInteger, ForeignKey("incident.id"), primary_key=True, autoincrement=False),
    Column("other", BigInteger, ForeignKey("incident.id"), primary_key=True, autoincrement=False),
)

incident_transition = Table(
    "incident_transition",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=text("''")),
    Column("department", Text),
    Column("owner", Text),
    instant("at"),
    Column("txid", TransactionId, nullable=False, server_default=text("pg_current_xact_id()")),
    one_of("event", _EVENTS),
    one_of("to_state", _STATES),
    one_of("level", LEVELS),
)
Index("ix_incident_transition_feed", incident_transition.c.txid, incident_transition.c.id)

# Below this transaction the keeper has seen every transition of alerts.
incident_floor = Table(
    "incident_floor",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("txid", TransactionId, nullable=False),
)
