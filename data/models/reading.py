"""Models and their elements, asked of the store."""

from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL

Connection = psycopg.Connection[tuple[Any, ...]]

_MODELS = """
    SELECT m.name, m.format, m.schema, m.crs, m.height_datum, m.accuracy_m, m.file, m.digest,
           m.warnings, c.recorded_at, c.source, m.change_set_id AS change_set
    FROM model m JOIN change_set c ON c.id = m.change_set_id
    WHERE {condition} ORDER BY m.name LIMIT %(limit)s"""

_COUNTS = """
    SELECT native_class, count(*) FROM model_element e JOIN model m ON m.id = e.model
    WHERE m.name = %s GROUP BY 1 ORDER BY 1"""

_ELEMENTS = """
    SELECT m.name AS model, e.key, e.native_class, e.class_code AS klass, e.name, e.parent, e.code,
           e.whole, e.base_m, e.top_m, e.lods, e.measures, e.properties,
           ST_AsGeoJSON(ST_Transform(e.geom, 4326), 7)::json AS shape
    FROM model_element e JOIN model m ON m.id = e.model
    WHERE {conditions} ORDER BY m.name, e.key LIMIT %(limit)s"""

_CONDITIONS = {
    "model": "m.name = %(model)s",
    "whole": "e.whole = %(whole)s",
    "native_class": "e.native_class = %(native_class)s",
    "parent": "e.parent = %(parent)s",
    "key": "e.key = %(key)s",
    "after_key": "(m.name, e.key) > (%(after_model)s, %(after_key)s)",
}
# Of one model the index leads to where the page begins.
_AFTER_OF_ONE = SQL("e.key > %(after_key)s")


class StoredModel(NamedTuple):
    """A model as its last import left it.

    Attributes:
        name: under which it was imported.
        format: of its file.
        schema: version of the format, empty where the file says none.
        crs: of its shapes as the file has them; empty where it draws none.
        height_datum: what its heights count from; empty where it does not say.
        accuracy_m: how far off its place may be, where it is only roughly said.
        file: name of it.
        digest: SHA-256 of it.
        warnings: sentences.
        recorded_at: when it was imported.
        source: whose word it is.
        change_set: of that import.
    """

    name: str
    format: str
    schema: str
    crs: str
    height_datum: str
    accuracy_m: float | None
    file: str
    digest: str
    warnings: list[str]
    recorded_at: datetime
    source: str
    change_set: int


class ElementChoice(NamedTuple):
    """Which elements; conditions add up, None is no condition.

    Attributes:
        model: name of their model.
        whole: code of the entity that they are a part of, or are.
        native_class: the model's own class.
        parent: key of the whole.
        key: of the one element.
        after_model: name of the model of the last element of the page before.
        after_key: its key.
        limit: how many at most.
    """

    model: str | None = None
    whole: int | None = None
    native_class: str | None = None
    parent: str | None = None
    key: str | None = None
    after_model: str | None = None
    after_key: str | None = None
    limit: int = 100


def models(connection: Connection, after: str | None, limit: int) -> list[StoredModel]:
    """Return models in the order of their names."""
    query = SQL(_MODELS).format(condition=SQL("m.name > %(after)s"))
    rows = connection.execute(query, {"after": after or "", "limit": limit}).fetchall()
    return [StoredModel(*row) for row in rows]


def model_named(connection: Connection, name: str) -> tuple[StoredModel, dict[str, int]] | None:
    """Return a model and how many elements it has of each of its own classes, None if unknown."""
    query = SQL(_MODELS).format(condition=SQL("m.name = %(name)s"))
    row = connection.execute(query, {"name": name, "limit": 1}).fetchone()
    if row is None:
        return None
    counts = {str(klass): int(count) for klass, count in connection.execute(_COUNTS, (name,))}
    return StoredModel(*row), counts


def elements(connection: Connection, choice: ElementChoice) -> list[dict[str, Any]]:
    """Return elements in the order of model and key, shapes as GeoJSON in WGS 84."""
    conditions = {
        name: SQL(condition)
        for name, condition in _CONDITIONS.items()
        if getattr(choice, name) is not None
    }
    if choice.model is not None and choice.model == choice.after_model:
        conditions["after_key"] = _AFTER_OF_ONE
    chosen = list(conditions.values())
    query = SQL(_ELEMENTS).format(conditions=SQL(" AND ").join(chosen or [SQL("true")]))
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        cursor.execute(query, choice._asdict())
        return [row._asdict() for row in cursor]
