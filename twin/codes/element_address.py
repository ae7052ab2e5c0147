"""Addresses of elements that have no code: a coded entity and the GlobalId within its model."""

from dataclasses import dataclass
from typing import Self

from twin.codes.entity_code import EntityCode
from twin.codes.ifc_global_id import IfcGlobalId
from twin.codes.layout import InvalidIdentifierError, shown


class InvalidElementAddressError(InvalidIdentifierError):
    """A text that addresses no element. Correct it where it was typed or sent."""


@dataclass(frozen=True, slots=True, order=True)
class ElementAddress:
    """Names a wall, door or pipe of a building, of which there are too many to code each.

    Attributes:
        entity: the coded entity that it is an element of: a space, a storey or a building.
        element: its GlobalId (ISO 16739-1), in which case counts.
    """

    entity: EntityCode
    element: IfcGlobalId

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``4403118101000127/2O2Fr$t4X7Zf8NOew3FNr2``; the code as stored or as printed.

        Raises:
            InvalidElementAddressError: there is no slash.
            InvalidIdentifierError: the code or the GlobalId is none.
        """
        code, slash, element = text.strip().partition("/")
        if not slash:
            raise InvalidElementAddressError(
                f"element {shown(text)}: expected an entity code, a slash and a GlobalId"
            )
        return cls(EntityCode.parse_printed(code), IfcGlobalId.parse(element))

    def __str__(self) -> str:
        return f"{self.entity}/{self.element}"
