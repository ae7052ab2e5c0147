"""Features of an extract: counted, or handed over as elements."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import osmium
import shapely
from numpy.typing import NDArray
from osmium.filter import EmptyTagFilter
from osmium.osm import Changeset

from spatial.crs import WGS84
from spatial.files import Inspection
from spatial.files.errors import FileRefusedError, refuse
from spatial.models.model import Element, Model, Progress, RefusedElement
from spatial.models.osm.elements import element
from spatial.models.osm.objects import Draft, Feature, Sorter
from spatial.models.osm.ordering import Ordered, ordered
from spatial.models.osm.source import Source
from spatial.models.osm.tally import Tally

Shapes: TypeAlias = NDArray[Any]

_IN_MEMORY_BYTES = 64 * 1024**2
"""Above this much to read, the places of nodes (16 bytes each) are kept in a file of their own."""
_CHUNK = 10_000


def inspect(path: Path, source: Source, progress: Progress) -> Inspection:
    """Count the features of a file by kind of geometry; nothing is kept.

    Raises:
        FileRefusedError: the file cannot be read to its end.
    """
    tally = Tally()
    for chunk in _chunks(_outcomes(path, source, Sorter(count_only=True), progress)):
        drafts = [each for each in chunk if isinstance(each, Draft)]
        tally.add(drafts, _shapes(drafts))
        tally.refuse(each for each in chunk if isinstance(each, RefusedElement))
    return tally.total(source)


def open_model(path: Path, source: Source) -> Model:
    """Return the features of a file, read when they are asked for."""

    def elements(progress: Progress) -> Iterator[Element | RefusedElement]:
        for chunk in _chunks(_outcomes(path, source, Sorter(count_only=False), progress)):
            yield from _elements(chunk)

    return Model(format=source.format, schema=source.schema, crs=WGS84, elements=elements)


def _elements(chunk: list[Draft | RefusedElement]) -> Iterator[Element | RefusedElement]:
    shapes = iter(_shapes([each for each in chunk if isinstance(each, Draft)]))
    for each in chunk:
        yield element(each, next(shapes)) if isinstance(each, Draft) else each


def _outcomes(
    path: Path, source: Source, sorter: Sorter, progress: Progress
) -> Iterator[Draft | RefusedElement]:
    with _telling(path, source), ordered(path, source, progress) as file:
        with _node_index(source) as index:
            for number, found in enumerate(_objects(file, index)):
                if number % _CHUNK == 0:
                    progress("reading objects", number, 0)
                outcome = sorter.take(found)
                if outcome is not None:
                    yield file.restored(outcome)
        for refused in sorter.missing():
            yield file.restored(refused)


@contextmanager
def _telling(path: Path, source: Source) -> Iterator[None]:
    try:
        yield
    except FileRefusedError:
        raise
    except (osmium.InvalidLocationError, RuntimeError, MemoryError, ValueError, OSError) as error:
        raise refuse(path, f"cannot be read as {source.format}: {error}") from error


def _objects(file: Ordered, index: str) -> Iterator[Feature]:
    """Yield tagged nodes, ways, relations and areas, with the places of nodes looked up."""
    nodes = EmptyTagFilter()
    nodes.enable_for(osmium.osm.NODE)
    processor = osmium.FileProcessor(file.file).with_locations(index).with_areas()
    for found in processor.with_filter(nodes):
        # What was deleted is in no extract of one moment, whatever wrote it there.
        if not isinstance(found, Changeset) and found.visible:
            yield found


@contextmanager
def _node_index(source: Source) -> Iterator[str]:
    if source.unpacked_bytes <= _IN_MEMORY_BYTES:
        yield "flex_mem"
        return
    with tempfile.TemporaryDirectory(prefix="citytwin-") as folder:
        yield f"sparse_file_array,{folder}/nodes"


def _chunks(
    outcomes: Iterable[Draft | RefusedElement],
) -> Iterator[list[Draft | RefusedElement]]:
    iterator = iter(outcomes)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk


def _shapes(drafts: list[Draft]) -> Shapes:
    shapes: Shapes = shapely.from_wkb(np.array([draft.wkb for draft in drafts], dtype=object))
    # libosmium writes every area as a MultiPolygon.
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes
