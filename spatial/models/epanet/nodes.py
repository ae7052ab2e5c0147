"""Nodes of EPANET: junctions, reservoirs, tanks (2.2 manual, C.2)."""

from spatial.models.epanet.options import Options
from spatial.models.inp.objects import Node, said
from spatial.models.inp.rows import Fields
from spatial.models.inp.sections import Section

_RESERVOIR_VALUES = 3
_TANK_LEAST = 6


def junction(options: Options, section: Section, fields: Fields) -> Node:
    """Return a junction: name, elevation, demand, pattern.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    invert = fields.number(1, "elevation", 0.0) * options.length_m
    demand = fields.number(2, "demand", 0.0) * options.flow_m3_s
    return Node(
        name=fields.name,
        section=section.name,
        kind=section.kind,
        invert_m=invert,
        properties=said(base_demand_m3_s=demand, description=fields.note),
    )


def reservoir(options: Options, section: Section, fields: Fields) -> Node:
    """Return a reservoir: name, head, pattern.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    fields.need(2)
    head = fields.number(1, "head") * options.length_m
    return Node(
        name=fields.name,
        section=section.name,
        kind=section.kind,
        invert_m=head,
        properties=said(head_m=head, description=fields.note),
    )


def tank(options: Options, section: Section, fields: Fields) -> Node:
    """Return a tank: name, elevation, levels (first, least, most), diameter, volume, curve.

    A row as short as that of a reservoir is one: EPANET itself reads both sections alike.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    if len(fields.values) <= _RESERVOIR_VALUES:
        return reservoir(options, section._replace(kind="reservoir"), fields)
    fields.need(_TANK_LEAST)
    invert = fields.number(1, "elevation") * options.length_m
    fields.amount(2, "first level")
    fields.amount(3, "least level")
    highest = fields.amount(4, "highest level") * options.length_m
    return Node(
        name=fields.name,
        section=section.name,
        kind=section.kind,
        invert_m=invert,
        ground_m=invert + highest,
        properties=said(
            width_m=fields.amount(5, "diameter") * options.length_m, description=fields.note
        ),
    )
