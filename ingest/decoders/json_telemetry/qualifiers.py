"""The reserved keys of a telemetry object: what they say of every reading in it."""

from collections.abc import Container, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from twin.model import Statistic

QUALIFIERS: Final = frozenset({"channel", "statistic", "period"})
RESERVED: Final = QUALIFIERS | {"ts", "units"}
MAX_CHANNEL_CHARS: Final = 64
MAX_PERIOD_S: Final = 366 * 86_400

_OVER_A_PERIOD = frozenset({Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.SUM})
_NO_UNITS: Mapping[str, object] = MappingProxyType({})
_STATISTICS: Mapping[object, Statistic] = {str(one): one for one in Statistic}


class BadQualifierError(ValueError):
    """A qualifier that would put readings into the wrong series. Park the object."""


class Qualifiers(NamedTuple):
    """What a telemetry object says of its readings; period in seconds."""

    channel: str = ""
    statistic: Statistic = Statistic.INSTANT
    period_s: int = 0


def read_qualifiers(fields: Mapping[str, object]) -> Qualifiers:
    """Read channel, statistic and period.

    Raises:
        BadQualifierError: one is of the wrong type or size, or they do not fit together.
    """
    channel = fields.get("channel", "")
    statistic = fields.get("statistic", "instant")
    period = fields.get("period", 0)
    if type(channel) is str and type(statistic) is str and type(period) is int:
        return _remembered(channel, statistic, period)
    return _read(channel, statistic, period)


def _read(channel: object, statistic: object, period: object) -> Qualifiers:
    read = Qualifiers(_channel(channel), _statistic(statistic), _period(period))
    if read.statistic in _OVER_A_PERIOD and not read.period_s:
        raise BadQualifierError(
            f"statistic '{read.statistic}' without a period: expected its length in seconds"
        )
    if read.statistic is Statistic.INSTANT and read.period_s:
        raise BadQualifierError(
            f"period {read.period_s} of an instant: expected a statistic, e.g. sum or mean"
        )
    return read


# The objects of a batch have the same few qualifiers.
_remembered = lru_cache(maxsize=1024)(_read)


def read_units(fields: Mapping[str, object], known: Container[object]) -> Mapping[str, object]:
    """Return what the object says of its quantities' units, unread.

    Raises:
        BadQualifierError: not an object, or of something that is no quantity: were it misspelt,
            the value that it means would be taken in the wrong unit.
    """
    if "units" not in fields:
        return _NO_UNITS
    units = fields["units"]
    if not isinstance(units, dict):
        raise BadQualifierError(f"units {quoted(units)}: expected an object, unit by quantity")
    for quantity in units:
        if quantity not in known:
            raise BadQualifierError(
                f"units of {quoted(quantity)}: expected quantities of quantities.csv"
            )
    return units


def _channel(value: object) -> str:
    if isinstance(value, str) and is_storable(value, MAX_CHANNEL_CHARS):
        return value
    raise BadQualifierError(
        f"channel {quoted(value)}: expected a text of at most {MAX_CHANNEL_CHARS} characters"
    )


def _statistic(value: object) -> Statistic:
    if isinstance(value, str) and value in _STATISTICS:
        return _STATISTICS[value]
    raise BadQualifierError(f"statistic {quoted(value)}: expected one of {', '.join(Statistic)}")


def _period(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_PERIOD_S:
        return value
    raise BadQualifierError(
        f"period {quoted(value)}: expected whole seconds from 0 to {MAX_PERIOD_S}"
    )
