"""Rows of a file as the map means them, before the register is asked about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from data.importing.drawing import as_text, column_values, drawn_fields, drawn_values
from data.importing.errors import ImportMapError
from data.importing.import_map import ImportMap, Select
from data.reference import entity_classes
from spatial.files import FeatureTable
from spatial.files.sieve import Sieve
from twin.codes import InvalidIdentifierError, canonical

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows that are meant; n rows, in the order of the file.

    Attributes:
        numbers: (n,) row numbers as a person finds them.
        keys: (n,) names by which the register knows the rows; empty where there is none.
        classes: (n,) of new entities; empty where the map says none.
        shapes: (n,) geometries in the store's CRS; None where there is none.
        says_shapes: whether the file says anything of shapes.
        fields: (n,) values of each field that the map names; ``KEEP`` where nothing is said.
        properties: (n,) values of each property as the file has them; None where it has none.
        names: (n,) names in each further scheme; None where the file has none.
        parents: (n,) names of the entities that the rows stand in a relation to; None for none.
        left_out: rows that are not meant.
        sieve: takes the reasons of the rows refused.
    """

    numbers: Ints
    keys: list[str]
    classes: list[str]
    shapes: NDArray[Any]
    says_shapes: bool
    fields: dict[str, list[object]]
    properties: dict[str, list[object]]
    names: dict[str, list[str | None]]
    parents: list[str | None]
    left_out: int
    sieve: Sieve

    def refuse(self, at: int, reason: str) -> None:
        """Refuse the row at a position; one that is refused keeps its first reason."""
        self.sieve.refuse([at], [reason])

    def passed(self) -> NDArray[np.bool_]:
        """Return (n,) True where a row is not refused."""
        return self.sieve.passed()


def check_columns(import_map: ImportMap, table: FeatureTable) -> None:
    """Refuse a map that names columns which the file does not have.

    Raises:
        ImportMapError: with a sentence for each.
    """
    mistakes = [
        f"{where}: the file has no column {column!r}"
        for where, column in import_map.columns()
        if column not in table.columns
    ]
    if mistakes:
        expected = ", ".join(map(repr, table.columns)) or "none"
        raise ImportMapError([*mistakes, f"columns of layer {table.layer!r}: {expected}"])


def take_rows(table: FeatureTable, import_map: ImportMap) -> Rows:
    """Return what the map draws from a file; what cannot be taken is refused in the sieve.

    Raises:
        ImportMapError: the map names columns that the file does not have.
    """
    check_columns(import_map, table)
    chosen = _selected(table, import_map.select)
    table = _only(table, chosen)
    sieve = Sieve(table.rows)
    clear = import_map.blank == "clear"
    return Rows(
        numbers=table.rows,
        keys=_keys(table, import_map, sieve),
        classes=_classes(table, import_map, sieve),
        shapes=table.geometry,
        says_shapes=table.crs is not None,
        fields=drawn_fields(table, import_map.fields, clear=clear, sieve=sieve),
        properties={
            name: drawn_values(table, drawn, f"properties.{name}", sieve)
            for name, drawn in import_map.properties.items()
        },
        names={
            scheme: _named(drawn_values(table, drawn, f"names.{scheme}", sieve), scheme, "", sieve)
            for scheme, drawn in import_map.names.items()
        },
        parents=_parents(table, import_map, sieve),
        left_out=int((~chosen).sum()),
        sieve=sieve,
    )


def _selected(table: FeatureTable, select: Select) -> NDArray[np.bool_]:
    chosen = np.ones(len(table.rows), dtype=bool)
    if select.geometry:
        wanted = [shapely.GeometryType[kind.upper()].value for kind in select.geometry]
        chosen &= np.isin(shapely.get_type_id(table.geometry), wanted)
    for column, texts in select.where.items():
        meant = {as_text(text) for text in texts}
        values = column_values(table, column)
        chosen &= np.array([v is not None and as_text(v) in meant for v in values], dtype=bool)
    return chosen


def _only(table: FeatureTable, chosen: NDArray[np.bool_]) -> FeatureTable:
    if chosen.all():
        return table
    return FeatureTable(
        rows=table.rows[chosen],
        columns={name: values[chosen] for name, values in table.columns.items()},
        geometry=table.geometry[chosen],
        refused=table.refused,
        warnings=table.warnings,
        crs=table.crs,
        format=table.format,
        layer=table.layer,
    )


def _keys(table: FeatureTable, import_map: ImportMap, sieve: Sieve) -> list[str]:
    """Return canonical keys, each once; a second row of a key is refused."""
    key = import_map.key
    columns = [column_values(table, column) for column in key.parts()]
    joined = columns[0] if len(columns) == 1 else _joined(columns, key.separator)
    without = [at for at, value in enumerate(joined) if value is None]
    told = " or ".join(map(repr, key.parts()))
    sieve.refuse(without, [f"no key: column {told} is empty"] * len(without))
    keys = _named(joined, key.scheme, key.prefix, sieve)
    _refuse_repeated(keys, key.scheme, table.rows, sieve)
    return [key or "" for key in keys]


def _joined(columns: list[list[object]], separator: str) -> list[object]:
    return [
        None if None in parts else separator.join(map(as_text, parts))
        for parts in zip(*columns, strict=True)
    ]


def _refuse_repeated(keys: list[str | None], scheme: str, numbers: Ints, sieve: Sieve) -> None:
    first: dict[str, int] = {}
    for at, key in enumerate(keys):
        if key is not None and first.setdefault(key, at) != at:
            earlier = numbers[first[key]]
            sieve.refuse([at], [f"key {key!r} ({scheme}): row {earlier} has it already"])


def _named(values: Sequence[object], scheme: str, prefix: str, sieve: Sieve) -> list[str | None]:
    """Return names as they are stored in their scheme; what is none of its own is refused."""
    found: list[str | None] = []
    for at, value in enumerate(values):
        name = None
        if value is not None:
            try:
                name = canonical(scheme, prefix + as_text(value))
            except InvalidIdentifierError as error:
                sieve.refuse([at], [f"{scheme}: {error}"])
        found.append(name)
    return found


def _classes(table: FeatureTable, import_map: ImportMap, sieve: Sieve) -> list[str]:
    if import_map.klass is None:
        return [""] * len(table.rows)
    values = drawn_values(table, import_map.klass, "class", sieve)
    empty = [at for at, value in enumerate(values) if value is None]
    sieve.refuse(empty, [f"no class: column {import_map.klass.column!r} is empty"] * len(empty))
    found = ["" if value is None else as_text(value) for value in values]
    unknown = {klass for klass in set(found) if klass and klass not in entity_classes()}
    bad = [at for at, klass in enumerate(found) if klass in unknown]
    sieve.refuse(bad, (f"class {found[at]!r}: expected four digits of classes.csv" for at in bad))
    return found


def _parents(table: FeatureTable, import_map: ImportMap, sieve: Sieve) -> list[str | None]:
    parent = import_map.parent
    if parent is None:
        return [None] * len(table.rows)
    values = column_values(table, parent.column)
    return _named(values, parent.scheme, parent.prefix, sieve)
