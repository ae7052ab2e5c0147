"""Sections that say where things are: one point a row, beside the thing's name."""

from collections.abc import Iterator, Mapping, Sequence

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import PipeModel, Place
from spatial.models.inp.remarks import Remark
from spatial.models.inp.rows import Fields, Row
from spatial.models.inp.sections import Sections


def take_places(model: PipeModel, sections: Sections) -> None:
    """Take the places of nodes and rain gages, the bends of links, the outlines of areas."""
    for key, place in _points(model, sections.taken("COORDINATES"), "COORDINATES", model.nodes):
        model.places[key] = place
    for key, place in _points(model, sections.taken("SYMBOLS"), "SYMBOLS", model.raingages):
        model.symbols[key] = place
    for key, place in _points(model, sections.taken("VERTICES"), "VERTICES", model.links):
        model.vertices.setdefault(key, []).append(place)
    areas = {**model.nodes, **model.subcatchments}  # SWMM 5.2 outlines storage units too
    for key, place in _points(model, sections.taken("POLYGONS"), "POLYGONS", areas):
        if key in model.subcatchments:
            model.polygons.setdefault(key, []).append(place)
    lost = len(model.nodes) - len(model.places)
    if lost:
        model.warnings.append(f"{lost:,} of {len(model.nodes):,} nodes have no coordinates")


def _points(
    model: PipeModel, rows: Sequence[Row], section: str, known: Mapping[str, object]
) -> Iterator[tuple[str, Place]]:
    wrong = Remark(section, "cannot be read")
    strange = Remark(section, "belong to nothing in the file", ", ")
    for row in rows:
        fields = Fields(row)
        try:
            fields.need(3)
            place = fields.number(1, "x"), fields.number(2, "y")
        except RowRefusedError as error:
            wrong.add(f"line {row.line}: {error}")
            continue
        key = model.fold(fields.name)
        if key in known:
            yield key, place
        else:
            strange.add(f"{fields.name[:60]!r} in line {row.line}")
    wrong.put(model)
    strange.put(model)
