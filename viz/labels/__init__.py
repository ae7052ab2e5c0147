"""Printable labels: the code of an entity, its QR code and what it is, on sheets of paper."""

from viz.labels.address import InvalidPublicUrlError, entity_address
from viz.labels.label import Label
from viz.labels.layout import SheetTooSmallError
from viz.labels.pdf import as_pdf
from viz.labels.sheet import InvalidSheetError, Sheet, sheet_named, sheets
from viz.labels.svg import as_svg

__all__ = [
    "InvalidPublicUrlError",
    "InvalidSheetError",
    "Label",
    "Sheet",
    "SheetTooSmallError",
    "as_pdf",
    "as_svg",
    "entity_address",
    "sheet_named",
    "sheets",
]
