"""What the parts of an identifier mean, as far as the tables know."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from fractions import Fraction
from functools import singledispatch
from typing import NamedTuple

from data.reference.identifiers import (
    Division,
    EntityClass,
    Gb28181Code,
    MajorClass,
    division,
    entity_classes,
    gb28181_codes,
    major_classes,
)
from twin.codes import (
    DivisionCode,
    EntityCode,
    Gb28181Id,
    GridCode,
    HouseCode,
    IfcGlobalId,
    StationAddress,
)
from twin.codes.beidou import BeidouCode, BeidouSolidCode


class Part(NamedTuple):
    """A part of an identifier; ``meaning`` is empty where no table knows it."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an entity code says.

    Attributes:
        code: the code.
        printed: as on a label.
        county: None if the table of divisions does not have it.
        major: None if nobody has given the major class out.
        entity_class: None if the table of classes does not have it.
        warnings: a sentence for each of these that is unknown.
    """

    code: EntityCode
    printed: str
    county: Division | None
    major: MajorClass | None
    entity_class: EntityClass | None
    warnings: tuple[str, ...]

    @property
    def status(self) -> str:
        """Return how sure the meaning of the class is; unknown if the table does not have it."""
        return self.entity_class.status if self.entity_class else "unknown"

    def parts(self) -> tuple[Part, ...]:
        """Return county, major class, class, serial and check character."""
        return (
            Part("county", self.code.county, self.county.name_zh if self.county else ""),
            Part("major", self.code.klass[:2], _names(self.major)),
            Part("class", self.code.klass, _names(self.entity_class)),
            Part("serial", f"{self.code.serial:06}"),
            Part("check", self.printed[-1]),
        )


def explain(code: EntityCode) -> Explanation:
    """Return what an entity code says; what the tables do not have becomes a warning."""
    county = division(code.county)
    major = major_classes().get(code.klass[:2])
    entity_class = entity_classes().get(code.klass)
    missing = (
        (county, f"county {code.county!r}: not in the table of divisions"),
        (major, f"major class {code.klass[:2]!r}: not in the table of major classes"),
        (entity_class, f"class {code.klass!r}: not in the table of classes"),
    )
    return Explanation(
        code=code,
        printed=code.printed(),
        county=county,
        major=major,
        entity_class=entity_class,
        warnings=tuple(sentence for found, sentence in missing if found is None),
    )


def warnings_about(identifier: object) -> tuple[str, ...]:
    """Return a sentence for each part of a well-formed identifier that its tables do not have."""
    if isinstance(identifier, EntityCode):
        return explain(identifier).warnings
    if isinstance(identifier, Gb28181Id):
        asked = ((name, getattr(identifier, name)) for name in ("industry", "type", "network"))
        return tuple(
            f"{name} {value!r}: not in the table of GB/T 28181 codes"
            for name, value in asked
            if (name, value) not in gb28181_codes()
        )
    return ()


@singledispatch
def parts_of(identifier: object) -> tuple[Part, ...]:
    """Return the parts of what ``twin.codes.parse_in`` read, with what they mean."""
    if not is_dataclass(identifier):
        return (Part("text", str(identifier)),)
    named = ((field.name, getattr(identifier, field.name)) for field in fields(identifier))
    return tuple(_part(name, value) for name, value in named if value not in ("", ()))


@parts_of.register
def _(identifier: EntityCode) -> tuple[Part, ...]:
    return explain(identifier).parts()


@parts_of.register(GridCode)
@parts_of.register(HouseCode)
def _(identifier: GridCode | HouseCode) -> tuple[Part, ...]:
    whole = identifier.county + identifier.sub_district
    first, second, *rest = (
        _part(field.name, getattr(identifier, field.name)) for field in fields(identifier)
    )
    return (first, second._replace(meaning=_name_of(whole)), *rest)


@parts_of.register
def _(identifier: DivisionCode) -> tuple[Part, ...]:
    chain = [identifier]
    while (above := chain[-1].parent()) is not None:
        chain.append(above)
    return tuple(Part(found.level, str(found), _name_of(str(found))) for found in reversed(chain))


@parts_of.register
def _(identifier: Gb28181Id) -> tuple[Part, ...]:
    known = gb28181_codes()
    plain = (_part(field.name, getattr(identifier, field.name)) for field in fields(identifier))
    return tuple(
        part._replace(meaning=part.meaning or _names(known.get((part.name, part.value))))
        for part in plain
    )


@parts_of.register
def _(identifier: IfcGlobalId) -> tuple[Part, ...]:
    return (Part("uuid", str(identifier.uuid())),)


@parts_of.register
def _(identifier: StationAddress) -> tuple[Part, ...]:
    county = (_part("county", identifier.county),) if identifier.county else ()
    width = 5 if identifier.county else 8
    return (*county, Part("number", f"{identifier.number:0{width}}", identifier.kind))


@parts_of.register
def _(identifier: BeidouCode) -> tuple[Part, ...]:
    sides = zip(("west", "south", "east", "north"), identifier.cell().degrees(), strict=True)
    return (
        Part("level", str(identifier.level)),
        *(Part(side, _decimal(degrees), "degrees") for side, degrees in sides),
    )


@parts_of.register
def _(identifier: BeidouSolidCode) -> tuple[Part, ...]:
    bottom, top = identifier.layer.bounds()
    return (
        *parts_of(identifier.plane),
        Part("layer", str(identifier.layer.number)),
        Part("bottom", f"{bottom:.3f}", "metres above the ellipsoid"),
        Part("top", f"{top:.3f}", "metres above the ellipsoid"),
    )


def _part(name: str, value: object) -> Part:
    if isinstance(value, datetime):
        return Part(name, value.isoformat())
    if isinstance(value, tuple):
        return Part(name, ".".join(map(str, value)))
    return Part(name, str(value), _name_of(str(value)) if name == "county" else "")


def _name_of(code: str) -> str:
    found = division(code)
    return found.name_zh if found else ""


def _names(row: EntityClass | MajorClass | Gb28181Code | None) -> str:
    return f"{row.name_en} {row.name_zh} ({row.status})" if row else ""


def _decimal(degrees: Fraction) -> str:
    return f"{float(degrees):.9f}"
