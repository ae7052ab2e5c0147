"""The roads of the register as a network to drive on: derived, and made anew when roads change."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.tables.schema import SRID, geometry, instant, metadata

road_node = Table(
    "road_node",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("geom", geometry("POINT", SRID), nullable=False),
)

road_edge = Table(
    # Written with its nodes and by nobody else, so no foreign key need be checked row by row.
    "road_edge",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("source", BigInteger, nullable=False, index=True),
    Column("target", BigInteger, nullable=False, index=True),
    Column("geom", geometry("LINESTRING", SRID), nullable=False),
    Column("length_m", Double, nullable=False),
    # Negative where nobody may drive that way, as pgRouting has it.
    Column("cost_s", Double, nullable=False),
    Column("reverse_cost_s", Double, nullable=False),
    Column("section", BigInteger),
    Column("road", BigInteger),
    Column("kind", Text, nullable=False),
)
Index("ix_road_edge_geom", road_edge.c.geom, postgresql_using="gist")
for _column in ("section", "road"):
    Index(
        f"ix_road_edge_{_column}",
        road_edge.c[_column],
        postgresql_where=text(f"{_column} IS NOT NULL"),
    )

road_network = Table(
    # As of which revision of the register the network is right, and of what it was made.
    "road_network",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
    Column("made_of", Text, nullable=False),
    Column("report", JSONB, nullable=False),
    instant("built_at"),
    CheckConstraint("id = 1", name="one_row"),
)
