"""Migrations from nothing and the declared tables give the same database."""

from typing import Any

import psycopg
from sqlalchemy import create_engine

from data.connection import sqlalchemy_url
from data.migrations import migrate, pending
from data.tables import metadata

_SHAPES = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, udt_name, is_nullable,
               column_default, is_identity, generation_expression,
               format_type(a.atttypid, a.atttypmod)
        FROM information_schema.columns c
        JOIN pg_attribute a ON a.attrelid = (quote_ident(table_name))::regclass
                           AND a.attname = column_name
        WHERE table_schema = 'public' AND table_name NOT IN
              ('alembic_version', 'spatial_ref_sys', 'geometry_columns', 'geography_columns')
        ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        AND conrelid::regclass::text NOT IN ('alembic_version', 'spatial_ref_sys')
        ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'spatial_ref_sys')
        ORDER BY 1, 2""",
    "storage": """
        SELECT relname, reloptions::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
        AND relname NOT LIKE 'alembic%' ORDER BY 1""",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid::regclass::text = 'actor_log' ORDER BY 1, 2""",
    "hypertables": """
        SELECT hypertable_name, column_name, time_interval::text
        FROM timescaledb_information.dimensions ORDER BY 1""",
}


def test_migrations_and_declared_tables_agree(empty_store: str, migrated_store: str) -> None:
    engine = create_engine(sqlalchemy_url(empty_store))
    metadata.create_all(engine)
    engine.dispose()

    declared, migrated = shape_of(empty_store), shape_of(migrated_store)

    assert len(declared["columns"]) > 150
    assert len(declared["hypertables"]) == 8
    for part, rows in declared.items():
        assert migrated[part] == rows, part


def test_an_empty_store_lacks_every_migration_and_a_migrated_one_none(empty_store: str) -> None:
    assert pending(empty_store)[0] == "0001"
    migrate(empty_store)
    assert pending(empty_store) == []


def test_migrating_twice_changes_nothing(empty_store: str) -> None:
    migrate(empty_store)
    before = shape_of(empty_store)
    migrate(empty_store)
    assert shape_of(empty_store) == before


def shape_of(store_url: str) -> dict[str, list[tuple[Any, ...]]]:
    with psycopg.connect(store_url) as connection:
        return {part: connection.execute(query).fetchall() for part, query in _SHAPES.items()}
