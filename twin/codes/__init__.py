"""Identifiers as types: they parse once at the edge and print back unchanged."""

from twin.codes.credit_code import CreditCode, InvalidCreditCodeError
from twin.codes.dev_eui import DevEui, InvalidDevEuiError
from twin.codes.division_code import DivisionCode, InvalidDivisionCodeError
from twin.codes.ecode import Ecode, InvalidEcodeError
from twin.codes.element_address import ElementAddress, InvalidElementAddressError
from twin.codes.entity_code import EntityCode, InvalidEntityCodeError
from twin.codes.gb28181_id import Gb28181Id, InvalidGb28181IdError
from twin.codes.grid_code import GridCode, InvalidGridCodeError
from twin.codes.handle import Handle, InvalidHandleError
from twin.codes.house_code import HouseCode, InvalidHouseCodeError
from twin.codes.ifc_global_id import IfcGlobalId, InvalidIfcGlobalIdError
from twin.codes.layout import InvalidIdentifierError
from twin.codes.ma_code import InvalidMaCodeError, MaCode
from twin.codes.monitoring_number import InvalidMonitoringNumberError, MonitoringNumber
from twin.codes.object_identifier import InvalidObjectIdentifierError, ObjectIdentifier
from twin.codes.printable import InvalidTextNameError, printable_text
from twin.codes.schemes import SCHEMES, UnknownSchemeError, canonical, parse_in
from twin.codes.station_address import InvalidStationAddressError, StationAddress
from twin.codes.warning_id import InvalidWarningIdError, WarningId

__all__ = [
    "SCHEMES",
    "CreditCode",
    "DevEui",
    "DivisionCode",
    "Ecode",
    "ElementAddress",
    "EntityCode",
    "Gb28181Id",
    "GridCode",
    "Handle",
    "HouseCode",
    "IfcGlobalId",
    "InvalidCreditCodeError",
    "InvalidDevEuiError",
    "InvalidDivisionCodeError",
    "InvalidEcodeError",
    "InvalidElementAddressError",
    "InvalidEntityCodeError",
    "InvalidGb28181IdError",
    "InvalidGridCodeError",
    "InvalidHandleError",
    "InvalidHouseCodeError",
    "InvalidIdentifierError",
    "InvalidIfcGlobalIdError",
    "InvalidMaCodeError",
    "InvalidMonitoringNumberError",
    "InvalidObjectIdentifierError",
    "InvalidStationAddressError",
    "InvalidTextNameError",
    "InvalidWarningIdError",
    "MaCode",
    "MonitoringNumber",
    "ObjectIdentifier",
    "StationAddress",
    "UnknownSchemeError",
    "WarningId",
    "canonical",
    "parse_in",
    "printable_text",
]
