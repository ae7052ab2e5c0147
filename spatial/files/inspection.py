"""What a file holds, said without taking anything from it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from spatial import crs as systems
from spatial.files.columns import settle, type_of
from spatial.files.layer import Column, Layer
from spatial.files.sieve import Sieve
from spatial.files.wkb import Shapes, kinds, shapes

Bounds = tuple[float, float, float, float]
_EXAMPLE_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One column: its type, in how many rows it is filled, and its first value as text."""

    name: str
    type: str
    filled: int
    example: str | None


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """One layer: its CRS, rows (refused ones included), shapes by kind and columns."""

    name: str
    crs: str | None
    rows: int
    counts: dict[str, int]
    fields: list[FieldSummary]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a file holds; ``error`` says why it cannot be taken, and then the rest may be empty.

    Attributes:
        format: name of the format; None where it is none of ours.
        schema: version of the format, where the file says one.
        crs: ``EPSG:n`` or a name; None where layers differ or say none.
        bounds: west, south, east, north in degrees (WGS 84).
        counts: shapes by kind over all layers; ``None`` counts rows without one.
    """

    format: str | None = None
    schema: str | None = None
    crs: str | None = None
    bounds: Bounds | None = None
    counts: dict[str, int] = field(default_factory=dict)
    layers: list[LayerSummary] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the document as JSON has it."""
        document = asdict(self)
        document["bounds"] = None if self.bounds is None else list(self.bounds)
        return document


class Tally:
    """Adds up the layers of one file, which need not be in memory together."""

    def __init__(self) -> None:
        self.layers: list[LayerSummary] = []
        self.warnings: list[str] = []
        self._bounds: list[Bounds] = []

    @np.errstate(all="ignore")
    def add(self, layer: Layer) -> None:
        """Take one layer into account."""
        sieve = Sieve(layer.rows)
        columns, warnings = settle(layer.columns, sieve)
        found, _ = shapes(layer.wkb, sieve)
        refused = [*layer.refused, *sieve.refused()]
        counts = Counter(kinds(layer.wkb).tolist())
        self.layers.append(
            LayerSummary(
                layer.name,
                _called(layer.crs),
                len(layer.rows) + len(layer.refused),
                dict(sorted(counts.items())),
                [_summary(name, values) for name, values in columns.items()],
            )
        )
        self.warnings += [*layer.about(), *warnings]
        if layer.crs is None and layer.has_shapes():
            self.warnings.append(f"layer {layer.name!r}: {layer.no_crs}")
        self.warnings += [f"row {row} will be refused: {why}" for row, why in sorted(refused)[:5]]
        self._bounds += _bounds(layer.crs, found)

    def total(self, format_name: str, schema: str | None, warnings: Iterable[str]) -> Inspection:
        """Return what is known of the file."""
        counts: Counter[str] = Counter()
        for layer in self.layers:
            counts.update(layer.counts)
        named = {layer.crs for layer in self.layers}
        return Inspection(
            format=format_name,
            schema=schema,
            crs=named.pop() if len(named) == 1 else None,
            bounds=_union(self._bounds),
            counts=dict(sorted(counts.items())),
            layers=self.layers,
            warnings=[*warnings, *self.warnings],
        )


def _called(system: str | None) -> str | None:
    return None if system is None else systems.called(system)


def _summary(name: str, values: Column) -> FieldSummary:
    filled = [value for value in values.tolist() if value is not None]
    example = str(filled[0])[:_EXAMPLE_CHARACTERS] if filled else None
    if example is not None:  # half a surrogate pair would stop whoever prints the document
        example = example.encode("utf-8", "backslashreplace").decode()
    return FieldSummary(name, type_of(values), len(filled), example)


def _bounds(crs: str | None, found: Shapes) -> list[Bounds]:
    """Return the bounds of shapes in WGS 84; none where nothing can be placed."""
    if crs is None or shapely.is_missing(found).all():
        return []
    west, south, east, north = shapely.total_bounds(found).tolist()
    try:
        moved = Transformer.from_crs(CRS(crs), systems.WGS84, always_xy=True).transform_bounds(
            west, south, east, north, errcheck=False
        )
    except (CRSError, ProjError):
        return []
    if not np.isfinite(moved).all():
        return []
    return [(moved[0], moved[1], moved[2], moved[3])]


def _union(bounds: list[Bounds]) -> Bounds | None:
    if not bounds:
        return None
    lists = np.array(bounds)
    west, south = lists[:, :2].min(axis=0).round(7).tolist()
    east, north = lists[:, 2:].max(axis=0).round(7).tolist()
    return west, south, east, north
