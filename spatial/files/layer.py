"""What every format hands over: layers as their file holds them, before anything is transformed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatial.files.errors import RefusedRow

Column: TypeAlias = NDArray[Any]
Ints: TypeAlias = NDArray[np.int64]


class Columns(NamedTuple):
    """Two columns of a CSV file that hold a point: x is east or longitude, y north or latitude."""

    x: str
    y: str
    crs: str


class Wkt(NamedTuple):
    """A column of a CSV file that holds shapes as well-known text (OGC 06-103r4, 7)."""

    column: str
    crs: str


Place: TypeAlias = Columns | Wkt


class Request(NamedTuple):
    """What a person says about a file that the file may not say itself."""

    place: Place | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer as its file holds it; n rows.

    Attributes:
        name: what the file calls it.
        crs: ``EPSG:n`` or WKT; None where the file does not say.
        rows: (n,) row numbers as a person finds them.
        wkb: (n,) shapes as WKB in ``crs``, None where a row has none.
        columns: (n,) arrays by name; integers, floats and booleans where no value is missing,
            objects with None otherwise.
        refused: rows that the format's reader could not take; not in the arrays.
        warnings: sentences.
        no_crs: why the file says no CRS, where it says none.
    """

    name: str
    crs: str | None
    rows: Ints
    wkb: Column
    columns: Mapping[str, Column]
    refused: tuple[RefusedRow, ...] = ()
    warnings: tuple[str, ...] = ()
    no_crs: str = "its CRS is not said"

    def about(self) -> list[str]:
        """Return the warnings, and one more where there is nothing in the layer."""
        if len(self.rows) or self.refused:
            return list(self.warnings)
        return [*self.warnings, f"layer {self.name!r} holds no rows"]

    def has_shapes(self) -> bool:
        """Tell whether any row has a shape."""
        return any(blob is not None for blob in self.wkb)


class Document(NamedTuple):
    """An opened file: the version of its format, and a reader for each layer."""

    schema: str | None
    layers: Mapping[str, Callable[[], Layer]]


class Format(NamedTuple):
    """One format of the roll call.

    Attributes:
        name: as people call it.
        suffixes: of the file names that usually hold it, lower case with the dot.
        recognises: tells by a file's first bytes and its suffix.
        open: reads what there is to read; raises FileRefusedError.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes, str], bool]
    open: Callable[[Path, Request], Document]


def objects(values: Sequence[object]) -> Column:
    """Return a one-dimensional object array, whatever the values are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
