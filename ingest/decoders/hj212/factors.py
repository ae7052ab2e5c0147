"""What a factor of a message is called in the vocabulary."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from data.reference.tables import table_rows
from ingest.decoders.quoting import is_storable

MAX_CHARS: Final = 32

_WATER: Final = frozenset({"21", "24", "26", "32", "33", "34", "52"})
"""Systems of water, whose factors begin with w (HJ 212-2017, table 5)."""

_NUMBERED = re.compile(r"(?P<factor>[eg][0-9]{3})(?P<number>[0-9]{2})")
_EQUIPMENT = re.compile(r"SB(?P<number>[0-9]{1,3})")
_BARE = re.compile(r"[0-9]{5}")


class NativeName(NamedTuple):
    """How natives of a factor are called.

    Attributes:
        name: in the vocabulary.
        channel: the number of the equipment where a factor exists several times.
        unit: in which its values are sent, empty where the vocabulary's is right.
        unit_emission: the same of its sums.
    """

    name: str
    channel: str = ""
    unit: str = ""
    unit_emission: str = ""


@cache
def old_codes() -> Mapping[str, NativeName]:
    """Return the factors of HJ/T 212-2005 by their codes, as those of 2017 that took their place.

    Metals went from mg/L to ug/L or ng/L between the editions: the old code says the old unit.
    """
    rows = table_rows("hj212_old_codes.csv")
    return MappingProxyType(
        {code: NativeName(native, "", *units) for code, native, *units, _ in rows}
    )


@lru_cache(maxsize=4096)
def native_name(factor: str, system: str) -> NativeName | None:
    """Return what a factor is called in the vocabulary, None for a text that can be no key.

    Numbers of equipment become channels: ``e10102`` is ``e101xx`` of channel ``02``. A factor of
    five digits has lost its w, as in the standard's own examples.
    """
    if old := old_codes().get(factor):
        return old
    if numbered := _NUMBERED.fullmatch(factor):
        return NativeName(f"{numbered['factor']}xx", numbered["number"])
    if equipment := _EQUIPMENT.fullmatch(factor):
        return NativeName("SBxxx", equipment["number"])
    if system in _WATER and _BARE.fullmatch(factor):
        return NativeName(f"w{factor}")
    return NativeName(factor) if factor and is_storable(factor, MAX_CHARS) else None
