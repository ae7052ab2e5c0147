"""Units of SenML as codes of units.csv (IANA registry "SenML Units")."""

import csv
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from data.reference.tables import table_text

MAX_UNIT_CHARS: Final = 64


@cache
def unit_codes() -> Mapping[str, str]:
    """Return our codes by SenML's symbols; a symbol of ours stays as it is."""
    rows = csv.DictReader(table_text("senml_units.csv").splitlines())
    return MappingProxyType({row["symbol"]: row["unit"] for row in rows})


def unit_code(symbol: str) -> str:
    """Return our code of a symbol, an unknown one as it is; ``%`` is a ratio (RFC 8428, 12.1)."""
    return unit_codes().get(symbol, symbol)


def sum_unit(unit: str) -> str:
    """Return the unit of a sum: that of its value times seconds (RFC 8428, 4.2)."""
    if unit == "1":
        return "s"
    return unit.removesuffix("/s") if unit.endswith("/s") else f"{unit}.s"
