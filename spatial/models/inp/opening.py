"""An ``.inp`` file opened as a model, or said what it holds."""

from collections.abc import Iterator
from pathlib import Path

from spatial.files import Inspection
from spatial.models.inp.elements import elements
from spatial.models.inp.objects import PipeModel
from spatial.models.inp.programs import reader_of
from spatial.models.model import Element, Model, Progress, RefusedElement, silent

_NAMED = 5


def inspect_network(path: Path, progress: Progress) -> Inspection:
    """Say what a file holds: rows of each section whose rows are nodes, links or areas.

    Sections that hold none of them are left out, and so are those whose rows say more about such
    things (coordinates, cross-sections, curves). Rows that will be refused count too.

    Raises:
        FileRefusedError: the file cannot be taken.
    """
    reader = reader_of(path)
    model = reader.read(path, progress)
    return Inspection(
        format=reader.dialect.program,
        schema=reader.dialect.schema,
        counts=dict(sorted((name, count) for name, count in model.counts.items() if count)),
        warnings=[*_warnings(model), *_refusals(model)],
    )


def open_network(path: Path) -> Model:
    """Open a file for its elements, keyed ``node/J1``, ``link/C1``, ``subcatchment/S1``.

    Raises:
        FileRefusedError: the file cannot be taken.
    """
    reader = reader_of(path)
    model = reader.read(path, silent)

    def read_again(progress: Progress) -> Iterator[Element | RefusedElement]:
        return elements(model, progress)

    return Model(
        format=reader.dialect.program,
        schema=reader.dialect.schema,
        crs=None,
        elements=read_again,
        warnings=tuple(_warnings(model)),
    )


def _warnings(model: PipeModel) -> Iterator[str]:
    yield from model.warnings
    if not model.counts.total():
        yield "holds no nodes, links or subcatchments"
    if model.places:
        east, north = zip(*model.places.values(), strict=True)
        unit = f", map unit {model.map_unit!r}" if model.map_unit else ""
        yield (
            f"the file says no CRS: x {min(east):g} to {max(east):g}, y {min(north):g} to "
            f"{max(north):g}{unit}; say it when you import"
        )


def _refusals(model: PipeModel) -> Iterator[str]:
    for key, reason in model.refused[:_NAMED]:
        yield f"{key} will be refused: {reason}"
    more = len(model.refused) - _NAMED
    if more > 0:
        yield f"{more:,} more will be refused"
