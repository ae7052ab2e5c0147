"""The roll call of schemes in which an entity can have a name."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from twin.codes.beidou import parse_cell
from twin.codes.credit_code import CreditCode
from twin.codes.dev_eui import DevEui
from twin.codes.division_code import DivisionCode
from twin.codes.ecode import Ecode
from twin.codes.element_address import ElementAddress
from twin.codes.entity_code import EntityCode
from twin.codes.gb28181_id import Gb28181Id
from twin.codes.grid_code import GridCode
from twin.codes.handle import Handle
from twin.codes.house_code import HouseCode
from twin.codes.ifc_global_id import IfcGlobalId
from twin.codes.layout import InvalidIdentifierError, shown
from twin.codes.ma_code import MaCode
from twin.codes.monitoring_number import MonitoringNumber
from twin.codes.object_identifier import ObjectIdentifier
from twin.codes.printable import printable_text
from twin.codes.station_address import StationAddress
from twin.codes.warning_id import WarningId

_OWN_SCHEME = re.compile(r"(?:asset|x)\.[a-z0-9]+(?:[-_.][a-z0-9]+)*", re.ASCII)
_SCHEME_MAX_CHARS = 60

PARSERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "code": EntityCode.parse_printed,
        "ifc": IfcGlobalId.parse,
        "element": ElementAddress.parse,
        "mqtt": printable_text,
        "onvif": printable_text,
        "gb28181": Gb28181Id.parse,
        "hj212": MonitoringNumber.parse,
        "sl651": StationAddress.parse,
        "deveui": DevEui.parse,
        "house": HouseCode.parse,
        "grid": GridCode.parse,
        "division": DivisionCode.parse,
        "gbt10114": DivisionCode.parse,
        "beidou": parse_cell,
        "ecode": Ecode.parse,
        "oid": ObjectIdentifier.parse,
        "handle": Handle.parse,
        "ma": MaCode.parse,
        "uscc": CreditCode.parse,
        "warning": WarningId.parse,
        "asset": printable_text,
        "model": printable_text,
        "osm": printable_text,
        "ea-station": printable_text,
        "senml": printable_text,
        "sparkplug": printable_text,
        "thingsboard": printable_text,
    }
)


class UnknownSchemeError(InvalidIdentifierError):
    """A scheme that is not in the roll call. Use one that is, or one of your own as ``x.…``."""


def parse_in(scheme: str, value: str) -> object:
    """Return the identifier that a value is in a scheme; a text for schemes of free text.

    ``asset.<department>`` and ``x.<anything>`` are schemes of free text too.

    Raises:
        UnknownSchemeError: no such scheme.
        InvalidIdentifierError: the value is none of the scheme's.
    """
    if parse := PARSERS.get(scheme):
        return parse(value)
    if len(scheme) <= _SCHEME_MAX_CHARS and _OWN_SCHEME.fullmatch(scheme):
        return printable_text(value)
    raise UnknownSchemeError(
        f"scheme {shown(scheme)}: expected one of {', '.join(PARSERS)},"
        " asset.<department> or x.<name>"
    )


def canonical(scheme: str, value: str) -> str:
    """Return the one text under which a value is stored and looked up in its scheme.

    Raises:
        UnknownSchemeError: no such scheme.
        InvalidIdentifierError: the value is none of the scheme's.
    """
    return str(parse_in(scheme, value))


def _canonical_in(parse: Callable[[str], object]) -> Callable[[str], str]:
    return lambda value: str(parse(value))


SCHEMES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {scheme: _canonical_in(parse) for scheme, parse in PARSERS.items()}
)
