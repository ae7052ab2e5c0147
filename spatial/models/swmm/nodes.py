"""Nodes of SWMM: junctions, outfalls, storage units, flow dividers (5.2 manual, D.2)."""

import math

from spatial.files.errors import RowRefusedError
from spatial.models.inp.objects import Node, Properties, said
from spatial.models.inp.rows import Fields
from spatial.models.inp.sections import Section
from spatial.models.swmm.options import Options

_OUTFALLS = ("FREE", "NORMAL", "FIXED", "TIDAL", "TIMESERIES")
_STORAGES = ("TABULAR", "FUNCTIONAL", "CYLINDRICAL", "CONICAL", "PARABOL", "PYRAMIDAL")
_DIVIDERS = {"CUTOFF": 5, "TABULAR": 5, "WEIR": 7, "OVERFLOW": 4}
"""How many values stand before the depths."""
_TABULAR = 6
_FUNCTIONAL = 8


def junction(options: Options, section: Section, fields: Fields) -> Node:
    """Return a junction: name, elevation, maximum depth, initial depth, surcharge, ponded area.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    fields.need(2)
    for at, what in ((3, "initial depth"), (4, "surcharge depth"), (5, "ponded area")):
        fields.amount(at, what, 0.0)
    return _node(options, section, fields, 2, {})


def outfall(options: Options, section: Section, fields: Fields) -> Node:
    """Return an outfall: name, elevation, type, its stage, curve or series, gate, route-to.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    kind = fields.keyword(2, "outfall type", _OUTFALLS)
    stage = math.nan
    if kind in {"FIXED", "TIDAL", "TIMESERIES"} and not fields.text(3):
        raise RowRefusedError(f"{kind} without a stage, expected one after it")
    if kind == "FIXED":
        stage = fields.number(3, "stage") * options.length_m
    properties = said(type=kind, fixed_stage_m=stage)
    return _node(options, section, fields, len(fields.values), properties)


def storage(options: Options, section: Section, fields: Fields) -> Node:
    """Return a storage unit: name, elevation, maximum and initial depth, shape, its figures.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    shape = fields.keyword(4, "storage shape", _STORAGES)
    fields.need(_TABULAR if shape == "TABULAR" else _FUNCTIONAL)
    if shape != "TABULAR":
        for at in (5, 6, 7):
            fields.number(at, "shape parameter")
    fields.amount(3, "initial depth")
    return _node(options, section, fields, 2, said(shape=shape))


def divider(options: Options, section: Section, fields: Fields) -> Node:
    """Return a flow divider: name, elevation, diverted link, type, its figures, depths.

    Raises:
        RowRefusedError: a value is not what it has to be.
    """
    kind = fields.keyword(3, "divider type", tuple(_DIVIDERS))
    fields.need(_DIVIDERS[kind])
    properties = said(type=kind, diverted_link=fields.text(2).strip("*"))
    return _node(options, section, fields, _DIVIDERS[kind], properties)


def _node(
    options: Options, section: Section, fields: Fields, depth_at: int, properties: Properties
) -> Node:
    invert = fields.number(1, "elevation") * options.length_m
    depth = fields.amount(depth_at, "maximum depth", 0.0) * options.length_m
    return Node(
        name=fields.name,
        section=section.name,
        kind=section.kind,
        invert_m=invert,
        # SWMM takes the crown of the highest pipe where the depth is 0: that is no ground level.
        ground_m=invert + depth if depth > 0 else math.nan,
        properties={**properties, **said(description=fields.note)},
    )
