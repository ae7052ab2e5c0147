"""Files of models that are served as they are: which ones a model has, compared and written."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, TypeAlias

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
Cursor = psycopg.Cursor[tuple[Any, ...]]
Kind: TypeAlias = Literal["tileset", "terrain", "imagery", "scene"]

_STAGED = """
    CREATE TEMP TABLE incoming_file (
        name text PRIMARY KEY, kind text, media_type text, size int8, digest text, entry boolean
    ) ON COMMIT DROP"""
_COPY = "COPY incoming_file FROM STDIN (FORMAT BINARY)"
_TYPES = ("text", "text", "text", "int8", "text", "bool")

_DIFFERS = """
    (i.kind, i.media_type, i.size, i.digest, i.entry)
    IS DISTINCT FROM (f.kind, f.media_type, f.size, f.digest, f.entry)"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE f.name IS NULL),
           count(*) FILTER (WHERE i.name IS NOT NULL AND f.name IS NOT NULL AND {differs}),
           count(*) FILTER (WHERE i.name IS NULL),
           count(*) FILTER (WHERE i.name IS NOT NULL)
    FROM incoming_file i
    FULL JOIN (SELECT * FROM model_file WHERE model = %(model)s) f ON f.name = i.name"""
# What differs goes and comes again, for nothing refers to a file's row.
_GONE = """
    DELETE FROM model_file f WHERE f.model = %(model)s AND NOT EXISTS (
        SELECT FROM incoming_file i WHERE i.name = f.name AND NOT ({differs}))"""
_CREATED = """
    INSERT INTO model_file (model, name, kind, media_type, size, digest, entry)
    SELECT %(model)s, i.name, i.kind, i.media_type, i.size, i.digest, i.entry
    FROM incoming_file i ON CONFLICT (model, name) DO NOTHING"""
_FILES = """
    SELECT f.name, f.kind, f.media_type, f.size, f.digest, f.entry
    FROM model_file f JOIN model m ON m.id = f.model WHERE m.name = %s ORDER BY f.name"""


class ModelFile(NamedTuple):
    """A file of a model, as it is served.

    Attributes:
        name: in the folder of a tileset; of a raster that of the file; of a scene the key of the
            building that it shows.
        kind: what it is a part of, or is.
        media_type: as it is answered.
        size: bytes.
        digest: SHA-256, 64 hexadecimal digits.
        entry: whether a viewer asks for it first.
    """

    name: str
    kind: Kind
    media_type: str
    size: int
    digest: str
    entry: bool


class FileCounts(NamedTuple):
    """What became, or would become, of the files of a model."""

    created: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    def differ(self) -> bool:
        """Tell whether the store's files are not those of the model."""
        return bool(self.created or self.changed or self.removed)


def compare(cursor: Cursor, model: int | None, files: Iterable[ModelFile]) -> FileCounts:
    """Stage files and return how they differ from those of a model; None for one that is new."""
    cursor.execute(_STAGED)
    with cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for file in files:
            copy.write_row(file)
    cursor.execute("ANALYZE incoming_file")
    cursor.execute(_COUNTS.format(differs=_DIFFERS).encode(), {"model": model})
    created, changed, removed, staged = cursor.fetchall()[0]
    return FileCounts(created, changed, removed, staged - created - changed)


def write(cursor: Cursor, model: int) -> None:
    """Make the staged files those of a model."""
    cursor.execute(_GONE.format(differs=_DIFFERS).encode(), {"model": model})
    cursor.execute(_CREATED, {"model": model})


def files_of(connection: Connection, model: str) -> list[ModelFile]:
    """Return the files of a model in the order of their names."""
    return [ModelFile(*row) for row in connection.execute(_FILES, (model,))]


def digest_of_model(connection: Connection, model: str) -> str | None:
    """Return the digest of the file that a model was last imported from, None if unknown."""
    row = connection.execute("SELECT digest FROM model WHERE name = %s", (model,)).fetchone()
    return None if row is None else str(row[0])


def used_digests(connection: Connection) -> set[str]:
    """Return the digests of all files of all models."""
    return {str(row[0]) for row in connection.execute("SELECT DISTINCT digest FROM model_file")}
