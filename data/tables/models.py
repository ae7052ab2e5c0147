"""Models of buildings, cities and networks, and the elements in them that are not all coded."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Identity, Index, Table, Text, text
from sqlalchemy.dialects.postgresql import CHAR, JSONB

from data.tables.schema import SRID, geometry, metadata

model = Table(
    "model",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("format", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("crs", Text, nullable=False),
    # What the heights of its elements count from; empty where the model does not say.
    Column("height_datum", Text, nullable=False),
    Column("accuracy_m", Double),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("warnings", JSONB, nullable=False, server_default=text("'[]'")),
    Column("change_set_id", BigInteger, ForeignKey("change_set.id"), nullable=False),
)

model_element = Table(
    "model_element",
    metadata,
    Column("model", BigInteger, ForeignKey("model.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("native_class", Text, nullable=False),
    Column("class_code", CHAR(4)),
    Column("name", Text, nullable=False),
    Column("parent", Text),
    Column("geom", geometry("GEOMETRY", SRID)),
    Column("base_m", Double),
    Column("top_m", Double),
    Column("lods", JSONB, nullable=False),
    Column("measures", JSONB, nullable=False),
    Column("properties", JSONB, nullable=False),
    # The entity that it is, and the one that it is a part of (itself where it is one).
    Column("code", BigInteger, ForeignKey("entity.code")),
    Column("whole", BigInteger, ForeignKey("entity.code")),
    Column("change_set_id", BigInteger, ForeignKey("change_set.id"), nullable=False),
)
Index("ix_model_element_parent", model_element.c.model, model_element.c.parent)
Index("ix_model_element_native_class", model_element.c.model, model_element.c.native_class)
Index("ix_model_element_geom", model_element.c.geom, postgresql_using="gist")
for _column in ("code", "whole"):
    Index(
        f"ix_model_element_{_column}",
        model_element.c[_column],
        postgresql_where=text(f"{_column} IS NOT NULL"),
    )
