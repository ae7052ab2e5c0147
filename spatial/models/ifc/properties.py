"""What a model says of its products besides their geometry."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import ifcopenshell
from ifcopenshell import entity_instance

from spatial.models.ifc.attributes import at, belongs, kind, many, number, one, plain, text, value
from spatial.models.ifc.unit_symbols import Symbols
from spatial.models.model import Json

Said: TypeAlias = dict[str, Json]

_DEEPEST: Final = 6
_MOST: Final = 10_000
"""Properties of one set; those that lead to one another in circles would never end."""
_ENDS: Final = (("lower", "LowerBoundValue"), ("upper", "UpperBoundValue"))
_QUANTITY_UNITS: Final[Mapping[str, str]] = {
    "IfcQuantityLength": "LENGTHUNIT",
    "IfcQuantityArea": "AREAUNIT",
    "IfcQuantityVolume": "VOLUMEUNIT",
    "IfcQuantityWeight": "MASSUNIT",
    "IfcQuantityTime": "TIMEUNIT",
}
_ATTRIBUTES: Final = (
    ("Description", "description"),
    ("ObjectType", "object_type"),
    ("LongName", "long_name"),
    ("Tag", "tag"),
    ("PredefinedType", "predefined_type"),
    ("CompositionType", "composition"),
    ("UsageType", "usage"),
)


class Properties:
    """Looks up what is said of a product: itself, its type, its classifications and systems."""

    def __init__(self, file: ifcopenshell.file) -> None:
        self._symbols = Symbols(file)
        self._read: dict[int, Said] = {}
        self._values: Mapping[str, Callable[[entity_instance], Json]] = {
            "IfcPropertySingleValue": self._single,
            "IfcPropertyEnumeratedValue": self._enumerated,
            "IfcPropertyListValue": self._listed,
            "IfcPropertyBoundedValue": self._bounded,
            "IfcPropertyTableValue": self._table,
        }
        self._left = _MOST
        self._sets = _by_part(file, "IfcRelDefinesByProperties", "RelatingPropertyDefinition")
        self._types = _by_part(file, "IfcRelDefinesByType", "RelatingType")
        self._classes = _by_part(file, "IfcRelAssociatesClassification", "RelatingClassification")
        self._groups = _by_part(file, "IfcRelAssignsToGroup", "RelatingGroup")

    def of(self, product: entity_instance) -> Said:
        """Return all that is said of a product; of its own and its type's word its own wins."""
        found: Said = {}
        kind_of = next(iter(self._types.get(product.id(), ())), None)
        if kind_of is not None:
            for each in many(kind_of, "HasPropertySets"):
                found |= self._set(each)
            found["type"] = _named(kind_of)
        for each in self._sets.get(product.id(), ()):
            found |= self._set(each)
        found |= _attributes(product, kind_of)
        self._add(found, "classifications", product, kind_of, self._classes, _classification)
        self._add(found, "systems", product, None, self._groups, _group)
        return found

    def _add(
        self,
        found: Said,
        name: str,
        product: entity_instance,
        kind_of: entity_instance | None,
        relations: Mapping[int, tuple[entity_instance, ...]],
        read: Callable[[entity_instance], Said],
    ) -> None:
        said = [*relations.get(product.id(), ())]
        if kind_of is not None:
            said += relations.get(kind_of.id(), ())
        if said:
            found[name] = [read(each) for each in said]

    def _set(self, instance: entity_instance) -> Said:
        number_of = instance.id()
        if number_of not in self._read:
            self._left = _MOST
            self._read[number_of] = dict(self._properties(instance))
        return self._read[number_of]

    def _properties(self, instance: entity_instance) -> Iterator[tuple[str, Json]]:
        """Yield the properties and quantities of a set, as ``Set.Property``."""
        name = text(instance, "Name")
        if kind(instance) == "IfcPropertySet":
            for each in many(instance, "HasProperties"):
                yield from self._property(f"{name}.", each, _DEEPEST)
        elif kind(instance) == "IfcElementQuantity":
            for each in many(instance, "Quantities"):
                yield from self._quantity(f"{name}.", each, _DEEPEST)

    def _property(
        self, within: str, each: entity_instance, depth: int
    ) -> Iterator[tuple[str, Json]]:
        self._left -= 1
        name = within + text(each, "Name")
        if kind(each) in self._values:
            yield name, self._values[kind(each)](each)
        elif kind(each) == "IfcComplexProperty" and depth and self._left > 0:
            for part in many(each, "HasProperties"):
                yield from self._property(f"{name}.", part, depth - 1)

    def _single(self, each: entity_instance) -> Json:
        return self._measured(at(each, 2), one(each, "Unit"))

    def _enumerated(self, each: entity_instance) -> Json:
        reference = one(each, "EnumerationReference")
        unit = one(reference, "Unit") if reference else None
        return self._list(each, "EnumerationValues", unit)

    def _listed(self, each: entity_instance) -> Json:
        return self._list(each, "ListValues", one(each, "Unit"))

    def _bounded(self, each: entity_instance) -> Json:
        unit = one(each, "Unit")
        ends = {end: self._measured(value(each, said), unit) for end, said in _ENDS}
        usual = value(each, "SetPointValue")
        return ends if usual is None else ends | {"set_point": self._measured(usual, unit)}

    def _table(self, each: entity_instance) -> Json:
        return {
            column: self._list(each, f"{said}Values", one(each, f"{said}Unit"))
            for column, said in (("defining", "Defining"), ("defined", "Defined"))
        }

    def _quantity(
        self, within: str, each: entity_instance, depth: int
    ) -> Iterator[tuple[str, Json]]:
        self._left -= 1
        name = within + text(each, "Name")
        if belongs(each, "IfcPhysicalSimpleQuantity"):
            found = number(at(each, 3))
            unit = self._symbols.of(one(each, "Unit"), _QUANTITY_UNITS.get(kind(each)))
            yield name, {"value": found, "unit": unit} if unit else found
        elif depth and self._left > 0:
            for part in many(each, "HasQuantities"):
                yield from self._quantity(f"{name}.", part, depth - 1)

    def _list(self, each: entity_instance, name: str, unit: entity_instance | None) -> Json:
        said = value(each, name)
        if not isinstance(said, tuple | list):
            return None
        return [self._measured(part, unit) for part in said]

    def _measured(self, said: object, unit: entity_instance | None) -> Json:
        """Return a value, with its unit where it has one."""
        found = _json(plain(said))
        if not isinstance(said, entity_instance) or not isinstance(found, int | float):
            return found
        symbol = self._symbols.of(unit, self._symbols.unit_of_measure(kind(said)))
        return {"value": found, "unit": symbol} if symbol else found


def _json(said: Any) -> Json:  # noqa: ANN401 - a file may say anything
    """Return a value as JSON has it, None for what it has not."""
    if isinstance(said, bool | str):
        return said
    if isinstance(said, int):
        return said
    return number(said)


def _attributes(product: entity_instance, kind_of: entity_instance | None) -> Said:
    found: Said = {}
    for said, name in _ATTRIBUTES:
        words = text(product, said)
        if words and words != "NOTDEFINED":
            found[name] = words
    if "predefined_type" not in found and kind_of is not None:
        words = text(kind_of, "PredefinedType")
        if words and words != "NOTDEFINED":
            found["predefined_type"] = words
    return found


def _named(instance: entity_instance) -> Said:
    return {
        "key": text(instance, "GlobalId"),
        "name": text(instance, "Name"),
        "class": kind(instance),
    }


def _classification(instance: entity_instance) -> Said:
    """Return a reference into a classification; IFC 2x3 calls its code otherwise."""
    source = one(instance, "ReferencedSource")
    return {
        "system": text(source, "Name") if source else text(instance, "Name"),
        "code": text(instance, "Identification") or text(instance, "ItemReference"),
        "name": text(instance, "Name"),
        "location": text(instance, "Location"),
    }


def _group(instance: entity_instance) -> Said:
    return _named(instance) | {"predefined_type": text(instance, "PredefinedType")}


def _by_part(
    file: ifcopenshell.file, relation: str, whole: str
) -> dict[int, tuple[entity_instance, ...]]:
    """Return what is said by a kind of relation, by the STEP id of what it is said of."""
    found: dict[int, list[entity_instance]] = {}
    for each in file.by_type(relation):
        said = _each_of(each, whole)
        if said:
            for part in many(each, "RelatedObjects"):
                found.setdefault(part.id(), []).extend(said)
    return {part: tuple(said) for part, said in found.items()}


def _each_of(relation: entity_instance, name: str) -> tuple[entity_instance, ...]:
    """Return what a relation relates: one instance, or those of an IfcPropertySetDefinitionSet."""
    said = one(relation, name)
    if said is None or said.id():
        return () if said is None else (said,)
    return many(said, "wrappedValue")
