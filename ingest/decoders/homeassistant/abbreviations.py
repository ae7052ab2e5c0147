"""The short keys of discovery messages (Home Assistant, "MQTT", "Supported abbreviations")."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from data.reference.tables import table_rows

_TABLE = "homeassistant_abbreviations.csv"


def expanded(fields: Mapping[str, object], place: str = "entity") -> dict[str, object]:
    """Return an object with its keys in full; a key given both ways keeps its full one.

    Args:
        fields: as sent.
        place: ``entity``, or ``device`` for the object that tells of the device.
    """
    keys = _keys(place)
    full = {keys[key]: value for key, value in fields.items() if key in keys}
    return full | {key: value for key, value in fields.items() if key not in keys}


@cache
def _keys(place: str) -> Mapping[str, str]:
    rows = table_rows(_TABLE)
    return MappingProxyType({short: key for where, short, key, _ in rows if where == place})
