"""The register: entities with versions, their names and relations, and the change sets."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB, TSTZRANGE, ExcludeConstraint

from data.tables.schema import MODES, SRID, geometry, instant, metadata, one_of

_STAGES = ("planned", "building", "accepted", "in use", "demolished")
_CLASS_OF_CODE = "lpad(((code / 1000000) % 10000)::text, 4, '0')"


def _state_of_an_entity() -> list[Column[object]]:
    """Return the columns that an entity and each of its versions have alike."""
    return [
        Column("class_code", CHAR(4), Computed(_CLASS_OF_CODE, persisted=True), nullable=False),
        Column("name", Text, nullable=False),
        Column("geom", geometry("GEOMETRY", SRID)),
        Column("height_m", Double),
        Column("properties", JSONB, nullable=False, server_default=text("'{}'")),
        Column("stage", Text, nullable=False, server_default=text("'in use'")),
        Column("retired", Boolean, nullable=False, server_default=text("false")),
        instant("valid_from", nullable=True),
        instant("valid_to", nullable=True),
    ]


def _made_in(name: str = "change_set_id", *, optional: bool = False) -> Column[object]:
    return Column(name, BigInteger, ForeignKey("change_set.id"), nullable=optional)


change_set = Table(
    "change_set",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # Stamped when the set is complete, so that "as of" never sees half of one.
    instant("recorded_at", nullable=True),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("mode", Text, nullable=False, server_default=text("'actual'")),
    one_of("mode", MODES),
)

registry_state = Table(
    "registry_state",
    metadata,
    Column("id", Integer, primary_key=True),
    # Whoever keeps parts of the register in memory reloads them when this has grown.
    Column("revision", BigInteger, nullable=False),
    Column("rule_revision", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

entity = Table(
    "entity",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    *_state_of_an_entity(),
    Column(
        "geom_3857",
        geometry("GEOMETRY", 3857),
        Computed("st_transform(geom, 3857)", persisted=True),
    ),
    _made_in(),
    CheckConstraint("code BETWEEN 1000000000000000 AND 9999999999999999", name="code_digits"),
    one_of("stage", _STAGES),
)
Index("ix_entity_geom", entity.c.geom, postgresql_using="gist")
Index("ix_entity_geom_3857", entity.c.geom_3857, postgresql_using="gist")
Index("ix_entity_class_code", entity.c.class_code, entity.c.code)

entity_version = Table(
    "entity_version",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    Column("created_in", BigInteger, ForeignKey("change_set.id"), primary_key=True),
    *_state_of_an_entity(),
    _made_in("superseded_in", optional=True),
    one_of("stage", _STAGES),
)

entity_forward = Table(
    "entity_forward",
    metadata,
    Column("old_code", BigInteger, primary_key=True, autoincrement=False),
    Column("new_code", BigInteger, ForeignKey("entity.code"), primary_key=True),
    Column("reason", Text, nullable=False),
    _made_in(),
    one_of("reason", ("merged", "split", "retired", "renumbered")),
)

entity_name = Table(
    "entity_name",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", BigInteger, ForeignKey("entity.code"), nullable=False, index=True),
    Column("scheme", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("code_system", Text, nullable=False, server_default=text("''")),
    Column("valid", TSTZRANGE, nullable=False, server_default=text("'(,)'")),
    _made_in(),
    _made_in("superseded_in", optional=True),
    ExcludeConstraint(
        ("scheme", "="),
        ("value", "="),
        ("code_system", "="),
        ("valid", "&&"),
        where=text("superseded_in IS NULL"),
        name="ex_entity_name_one_meaning_at_a_time",
    ),
)
Index("ix_entity_name_scheme_value", entity_name.c.scheme, entity_name.c.value)

relation = Table(
    "relation",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("origin", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("target", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("valid", TSTZRANGE, nullable=False, server_default=text("'(,)'")),
    Column("method", Text, nullable=False),
    Column("distance_m", Double),
    _made_in(),
    _made_in("superseded_in", optional=True),
)
Index(
    "uq_relation_standing",
    relation.c.origin,
    relation.c.kind,
    relation.c.target,
    unique=True,
    postgresql_where=text("superseded_in IS NULL"),
)
Index("ix_relation_target_kind", relation.c.target, relation.c.kind)

link_refusal = Table(
    "link_refusal",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("origin", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _made_in(),
    UniqueConstraint("origin", "kind"),
)
