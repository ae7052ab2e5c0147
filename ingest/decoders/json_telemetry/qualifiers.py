"""The reserved keys of a telemetry object: what they say of every reading in it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from ingest.decoders.quoting import is_storable, quoted
from twin.model import Statistic

RESERVED: Final = frozenset({"ts", "channel", "statistic", "period"})
MAX_CHANNEL_CHARS: Final = 64
MAX_PERIOD_S: Final = 366 * 86_400

_OVER_A_PERIOD = frozenset({Statistic.MEAN, Statistic.MIN, Statistic.MAX, Statistic.SUM})
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
    read = Qualifiers(
        _channel(fields.get("channel", "")),
        _statistic(fields.get("statistic", "instant")),
        _period(fields.get("period", 0)),
    )
    if read.statistic in _OVER_A_PERIOD and not read.period_s:
        raise BadQualifierError(
            f"statistic '{read.statistic}' without a period: expected its length in seconds"
        )
    if read.statistic is Statistic.INSTANT and read.period_s:
        raise BadQualifierError(
            f"period {read.period_s} of an instant: expected a statistic, e.g. sum or mean"
        )
    return read


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
