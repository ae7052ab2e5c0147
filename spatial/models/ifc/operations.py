"""Coordinate operations of a model, from where its schema or its users' custom keep them.

IFC 4 and later have IfcMapConversion and its kin; IFC 2x3 keeps the same numbers in the property
sets ``ePSet_MapConversion`` and ``ePSet_ProjectedCRS`` (buildingSMART Australasia, User Guide for
Geo-referencing in IFC, 2020).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import ifcopenshell
from ifcopenshell import entity_instance

from spatial.models.ifc import units
from spatial.models.ifc.attributes import belongs, kind, many, number, one, plain, text, value
from spatial.models.ifc.crs_words import CrsWords

_UNIT_WORDS: Final[Mapping[str, float]] = {
    "METRE": 1.0,
    "METER": 1.0,
    "M": 1.0,
    "MILLIMETRE": 1e-3,
    "MILLIMETER": 1e-3,
    "MM": 1e-3,
    "CENTIMETRE": 1e-2,
    "CENTIMETER": 1e-2,
    "CM": 1e-2,
    "FOOT": 0.3048,
    "FEET": 0.3048,
    "FT": 0.3048,
    "US SURVEY FOOT": 1200 / 3937,
    "US FOOT": 1200 / 3937,
    "INCH": 0.0254,
}


class Operation(NamedTuple):
    """How coordinates of a model become those of a map.

    Attributes:
        kind: class or property set that says it.
        context: STEP id of the context whose coordinates they are; 0 where none is said.
        target: STEP id of the CRS that they lead to; 0 where none is said.
        east: offset along the easting, in the map's unit; along the first axis where ``rigid``.
        north: offset along the northing, or the second axis.
        height: offset of the heights.
        axis: direction of the model's x axis on the map, east and north; need not be of length 1.
        scale: units of the map in one of the model; None where it is not said.
        factors: what x, y and z are multiplied with besides.
        rigid: whether it only moves the model (IfcRigidOperation).
        angles: whether east and north are angles in radians.
    """

    kind: str
    context: int
    east: float
    north: float
    height: float
    axis: tuple[float, float] = (1.0, 0.0)
    scale: float | None = None
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    rigid: bool = False
    angles: bool = False
    target: int = 0


class Said(NamedTuple):
    """All that a model says of its map.

    Attributes:
        crs: that the first operation leads to.
        operations: that of the context of the geometry first.
        warnings: sentences.
    """

    crs: CrsWords | None
    operations: tuple[Operation, ...] = ()
    warnings: tuple[str, ...] = ()


def said(file: ifcopenshell.file) -> Said:
    """Collect what a model says of its map."""
    found = Said(None) if file.schema_identifier.startswith("IFC2X3") else _entities(file)
    if found.crs is None and not found.operations:
        return _property_sets(file)
    return found


def contexts(file: ifcopenshell.file) -> tuple[entity_instance, ...]:
    """Return the contexts of the geometry, without those within another; three dimensions first."""
    every = file.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
    return tuple(sorted(every, key=lambda each: text(each, "ContextType") != "Model"))


def _entities(file: ifcopenshell.file) -> Said:
    systems = file.by_type("IfcCoordinateReferenceSystem")
    operations: list[Operation] = []
    warnings: list[str] = []
    for each in file.by_type("IfcCoordinateOperation"):
        source = one(each, "SourceCRS")
        if source is not None and belongs(source, "IfcCoordinateReferenceSystem"):
            warnings.append(f"{kind(each)} from one CRS to another is not followed")
            continue
        read = _operation(file, each, source)
        if read is None:
            warnings.append(f"{kind(each)} #{each.id()} has no offset that is a number")
            continue
        target = one(each, "TargetCRS")
        operations.append(read._replace(target=target.id() if target else 0))
    order = {context.id(): at for at, context in enumerate(contexts(file))}
    operations.sort(key=lambda each: order.get(each.context, len(order)))
    of_first = [each for each in systems if operations and each.id() == operations[0].target]
    crs = next(iter((*of_first, *systems)), None)
    return Said(_words(file, crs) if crs else None, tuple(operations), tuple(warnings))


def _operation(
    file: ifcopenshell.file, instance: entity_instance, source: entity_instance | None
) -> Operation | None:
    context = source.id() if source else 0
    if belongs(instance, "IfcRigidOperation"):
        return _rigid(file, instance, context)
    names = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale")
    read = {name: value(instance, name) for name in names}
    factors = tuple(number(value(instance, f"Factor{axis}")) or 1.0 for axis in "XYZ")
    return _conversion(kind(instance), context, read, (factors[0], factors[1], factors[2]))


def _conversion(
    kind: str,
    context: int,
    read: Mapping[str, Any],
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Operation | None:
    east, north = number(read.get("Eastings")), number(read.get("Northings"))
    if east is None or north is None:
        return None
    across, along = number(read.get("XAxisAbscissa")), number(read.get("XAxisOrdinate"))
    return Operation(
        kind,
        context,
        east,
        north,
        number(read.get("OrthogonalHeight")) or 0.0,
        (across or 0.0, along or 0.0) if across or along else (1.0, 0.0),
        number(read.get("Scale")),
        factors,
    )


def _rigid(file: ifcopenshell.file, instance: entity_instance, context: int) -> Operation | None:
    first, second = value(instance, "FirstCoordinate"), value(instance, "SecondCoordinate")
    east, north = number(first), number(second)
    if east is None or north is None:
        return None
    angles = isinstance(first, entity_instance) and belongs(first, "IfcPlaneAngleMeasure")
    if angles:
        target = one(instance, "TargetCRS")
        unit = (one(target, "AngleUnit") if target else None) or units.project_units(file).get(
            "PLANEANGLEUNIT"
        )
        radians = units.scale(unit) or 1.0
        east, north = east * radians, north * radians
    height = number(value(instance, "Height")) or 0.0
    return Operation(kind(instance), context, east, north, height, rigid=True, angles=bool(angles))


def _words(file: ifcopenshell.file, crs: entity_instance) -> CrsWords:
    unit = one(crs, "MapUnit")
    definitions = [
        text(each, "WellKnownText")
        for each in _by_type(file, "IfcWellKnownText")
        if one(each, "CoordinateReferenceSystem") == crs
    ]
    return CrsWords(
        text(crs, "Name"),
        text(crs, "Description"),
        text(crs, "GeodeticDatum"),
        text(crs, "VerticalDatum"),
        text(crs, "MapProjection"),
        text(crs, "MapZone"),
        next(iter(definitions), ""),
        units.scale(unit),
        (text(unit, "Prefix") + text(unit, "Name")).lower() if unit else "",
    )


def _by_type(file: ifcopenshell.file, name: str) -> tuple[entity_instance, ...]:
    """Return the instances of a class, none where the schema does not know it."""
    try:
        return file.by_type(name)
    except RuntimeError:
        return ()


def _property_sets(file: ifcopenshell.file) -> Said:
    sets: dict[str, dict[str, Any]] = {}
    for holder in (*file.by_type("IfcSite"), *file.by_type("IfcProject")):
        for relation in many(holder, "IsDefinedBy"):
            found = one(relation, "RelatingPropertyDefinition")
            if found is not None:
                sets.setdefault(text(found, "Name").casefold(), _properties(found))
    crs = sets.get("epset_projectedcrs", {})
    conversion = sets.get("epset_mapconversion", {})
    if not crs and not conversion:
        return Said(None)
    words = {name: said.strip() for name, said in crs.items() if isinstance(said, str)}
    read = {name: _from_text(said) for name, said in conversion.items()}
    operation = _conversion("ePSet_MapConversion", 0, read)
    name = words.get("Name") or str(conversion.get("TargetCRS") or "")
    unit = words.get("MapUnit", "")
    return Said(
        CrsWords(
            name,
            words.get("Description", ""),
            words.get("GeodeticDatum", ""),
            words.get("VerticalDatum", ""),
            words.get("MapProjection", ""),
            words.get("MapZone", ""),
            unit_m=_UNIT_WORDS.get(unit.upper()),
            unit=unit.lower(),
        ),
        (operation,) if operation else (),
    )


def _from_text(said: object) -> object:
    """Return the number that a text spells: programs keep these numbers as labels too."""
    if not isinstance(said, str):
        return said
    try:
        return float(said)
    except ValueError:
        return None


def _properties(found: entity_instance) -> dict[str, Any]:
    return {
        text(each, "Name"): plain(value(each, "NominalValue"))
        for each in many(found, "HasProperties")
    }
