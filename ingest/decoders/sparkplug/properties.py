"""The properties of a metric that say how its value is to be understood: unit and quality."""

from typing import Final, NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from ingest.decoders.sparkplug.schema import Metric, PropertySet, PropertyValue
from ingest.decoders.sparkplug.values import BadMetricError
from twin.model import Check, Grade, quality

MAX_UNIT_CHARS: Final = 64

_UNIT = b"engunit"
_QUALITY = b"quality"
_GOOD = 192
_BAD = 0
_UNRELIABLE = quality(Grade.UNRELIABLE, Check.DEVICE_FLAG)
_DOUBTFUL = quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)


class Properties(NamedTuple):
    """What a metric's properties say.

    Attributes:
        unit: as sent, empty where none is named.
        flags: quality bits; 0 for a good value or where nothing is said (6.4.9).
    """

    unit: str = ""
    flags: int = 0


_NONE = Properties()


def read_properties(metric: Metric) -> Properties:
    """Return unit (``engUnit``) and quality (``Quality``) of a metric.

    Quality 0 (bad) is unreliable, 500 (stale) and what the standard does not name are doubtful.

    Raises:
        BadMetricError: keys and values do not pair, or one of the two is of another type.
    """
    if not metric.HasField("properties"):
        return _NONE
    named = _paired(metric.properties)
    return Properties(_unit(named.get(_UNIT)), _flags(named.get(_QUALITY)))


def _paired(properties: PropertySet) -> dict[bytes, PropertyValue]:
    keys, values = properties.keys, properties.values
    if len(keys) != len(values):
        raise BadMetricError(
            f"with {len(keys)} keys and {len(values)} values of properties: expected as many"
        )
    pairs = zip(keys, values, strict=True)
    return {key.lower(): value for key, value in pairs if not value.is_null}


def _unit(sent: PropertyValue | None) -> str:
    if sent is None:
        return ""
    text = sent.string_value.decode("utf-8", "replace").strip()
    if not sent.HasField("string_value") or not is_storable(text, MAX_UNIT_CHARS):
        raise BadMetricError(
            f"in engUnit {quoted(text)}: expected a text of at most {MAX_UNIT_CHARS} characters"
        )
    return text


def _flags(sent: PropertyValue | None) -> int:
    if sent is None:
        return 0
    if not (sent.HasField("int_value") or sent.HasField("long_value")):
        raise BadMetricError("with a Quality that is no whole number: expected 0, 192 or 500")
    code = sent.int_value or sent.long_value
    if code == _GOOD:
        return 0
    return _UNRELIABLE if code == _BAD else _DOUBTFUL
