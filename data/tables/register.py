"""The register: entities with versions, their names and relations, and the change sets."""

from sqlalchemy import (
    DDL,
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
    event,
    text,
)
from sqlalchemy.dialects.postgresql import CHAR, JSONB, TSTZRANGE, ExcludeConstraint

from data.tables.schema import MODES, SRID, geometry, instant, metadata, one_of

event.listen(
    metadata,
    "before_create",
    DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm"),  # type: ignore[no-untyped-call]
)
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


def _care_of_an_entity() -> list[Column[object]]:
    """Return who answers for an entity and where post finds it; the same for each version."""
    return [
        Column(name, Text, nullable=False, server_default=text("''"))
        for name in ("owner", "steward", "address")
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
    # Of an import: the model that the file is a state of, the file, its SHA-256, what it changed.
    Column("model", Text, nullable=False, server_default=text("''")),
    Column("file", Text, nullable=False, server_default=text("''")),
    Column("digest", Text, nullable=False, server_default=text("''")),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
)
Index(
    "ix_change_set_model", change_set.c.model, change_set.c.id, postgresql_where=text("model <> ''")
)

registry_state = Table(
    "registry_state",
    metadata,
    Column("id", Integer, primary_key=True),
    # Whoever keeps parts of the register in memory reloads them when this has grown.
    Column("revision", BigInteger, nullable=False),
    Column("rule_revision", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    # EPSG code of the district's projected CRS, chosen while the register is empty.
    Column("srid", Integer, nullable=False, server_default=text(str(SRID))),
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
    *_care_of_an_entity(),
)
Index("ix_entity_change_set_id", entity.c.change_set_id)
Index("ix_entity_geom", entity.c.geom, postgresql_using="gist")
Index("ix_entity_geom_3857", entity.c.geom_3857, postgresql_using="gist")
Index("ix_entity_class_code", entity.c.class_code, entity.c.code)
Index(
    "ix_entity_name_text",
    entity.c.name,
    postgresql_using="gin",
    postgresql_ops={"name": "gin_trgm_ops"},
)
Index(
    "ix_entity_address_text",
    entity.c.address,
    postgresql_using="gin",
    postgresql_ops={"address": "gin_trgm_ops"},
    postgresql_where=text("address <> ''"),
)

entity_place = Table(
    # Derived from the geometry of an entity and of the areas in the change set that writes both, so
    # no foreign key need be checked row by row.
    "entity_place",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    Column("point", geometry("POINT", SRID), nullable=False),
    Column("sub_district", BigInteger),
    Column("community", BigInteger),
    Column("grid_cell", BigInteger),
)
for _area in ("sub_district", "community", "grid_cell"):
    Index(
        f"ix_entity_place_{_area}",
        entity_place.c[_area],
        postgresql_where=text(f"{_area} IS NOT NULL"),
    )

code_serial = Table(
    "code_serial",
    metadata,
    Column("county", CHAR(6), primary_key=True),
    Column("class_code", CHAR(4), primary_key=True),
    # The last serial given out, whether or not an entity came of it: none is given twice.
    Column("last", Integer, nullable=False),
    CheckConstraint("last BETWEEN 0 AND 999999", name="last"),
)

entity_version = Table(
    "entity_version",
    metadata,
    Column("code", BigInteger, primary_key=True, autoincrement=False),
    Column("created_in", BigInteger, ForeignKey("change_set.id"), primary_key=True),
    *_state_of_an_entity(),
    # Only former states stand here; the present one is the row of entity.
    _made_in("superseded_in"),
    one_of("stage", _STAGES),
    *_care_of_an_entity(),
)
Index("ix_entity_version_superseded_in", entity_version.c.superseded_in)

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
        where=text("superseded_in IS NULL AND valid <> '(,)'"),
        name="ex_entity_name_one_meaning_at_a_time",
    ),
)
# Checking the exclusion costs 80 microseconds a name; nearly all names are valid for ever, and for
# those a unique index says the same. A name of both sorts is refused by the change set.
Index(
    "uq_entity_name_for_ever",
    entity_name.c.scheme,
    entity_name.c.value,
    entity_name.c.code_system,
    unique=True,
    postgresql_where=text("superseded_in IS NULL AND valid = '(,)'"),
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

# What a change set touched is asked for by whoever keeps parts of the register in memory.
for _table in (entity_name, relation):
    Index(f"ix_{_table.name}_change_set_id", _table.c.change_set_id)
    Index(
        f"ix_{_table.name}_superseded_in",
        _table.c.superseded_in,
        postgresql_where=text("superseded_in IS NOT NULL"),
    )

authority = Table(
    # One datum, one source: whose word counts for a property of a class.
    "authority",
    metadata,
    Column("class_code", CHAR(4), primary_key=True),
    Column("property", Text, primary_key=True),
    Column("source", Text, nullable=False),
    _made_in(),
)

property_conflict = Table(
    # What a source that is not the authority said otherwise; the standing value stays.
    "property_conflict",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("code", BigInteger, ForeignKey("entity.code"), nullable=False),
    Column("property", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    _made_in(),
    _made_in("resolved_in", optional=True),
    Column("resolution", Text),
    one_of("resolution", ("agreed", "taken", "dismissed", "withdrawn")),
)
Index(
    "uq_property_conflict_open",
    property_conflict.c.code,
    property_conflict.c.property,
    property_conflict.c.source,
    unique=True,
    postgresql_where=text("resolved_in IS NULL"),
)
