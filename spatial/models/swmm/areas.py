"""Subcatchments and rain gages of SWMM (5.2 manual, D.2)."""

from spatial.models.inp.destinations import destinations
from spatial.models.inp.objects import PipeModel, Raingage, Subcatchment, said
from spatial.models.inp.rows import Fields
from spatial.models.inp.sections import Section
from spatial.models.model import RefusedElement
from spatial.models.swmm.options import Options

_LEAST = 8


def subcatchment(
    model: PipeModel, options: Options, section: Section, fields: Fields
) -> Subcatchment:
    """Return a subcatchment: name, gage, outlet, area, imperviousness, width, slope, curb length.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    fields.need(_LEAST)
    outlet = model.fold(fields.text(2))
    return Subcatchment(
        name=fields.name,
        section=section.name,
        outlet=outlet,
        to_node=outlet in model.nodes,
        line=fields.line,
        area_m2=fields.amount(3, "area") * options.area_m2,
        properties=said(
            raingage=fields.text(1).strip("*"),
            impervious_percent=fields.amount(4, "imperviousness"),
            width_m=fields.amount(5, "width") * options.length_m,
            slope_percent=fields.amount(6, "slope"),
            description=fields.note,
        ),
    )


def raingage(section: Section, fields: Fields) -> Raingage:
    """Return a rain gage: name, how its rain is written, interval, source."""
    properties = said(rain_format=fields.text(1), source=fields.text(4), description=fields.note)
    return Raingage(name=fields.name, section=section.name, properties=properties)


def refuse_without_outlet(model: PipeModel) -> None:
    """Refuse the subcatchments whose water comes to something that is not in the file."""
    lost = [key for key, node in destinations(model).items() if node is None]
    for key in lost:
        area = model.subcatchments.pop(key)
        reason = f"outlet {area.outlet[:60]!r}, expected a node or subcatchment of the file"
        refused = RefusedElement(f"subcatchment/{area.name}", f"line {area.line}: {reason}")
        model.refused.append(refused)
