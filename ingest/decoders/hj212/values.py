"""The values of one factor: what each stands for, and how far its flag lets it be trusted."""

import math
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from data.reference.tables import table_rows
from ingest.decoders.faults import FaultList
from ingest.decoders.hj212.factors import NativeName
from ingest.decoders.quoting import quoted, shown_name
from twin.model import Check, FaultReason, Grade, Name, NativeReading, Statistic, quality

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,3})?")
_UNREADABLE_FLAG = quality(Grade.DOUBTFUL, Check.DEVICE_FLAG)


class Kind(NamedTuple):
    """What a class of fields says of a factor (HJ 212-2017, table 4).

    Attributes:
        statistic: what the value stands for.
        of_period: whether it stands for a period, or for an instant.
        channel: the source's own qualifier.
        suffix: what the vocabulary calls it where it is another thing than the factor itself.
    """

    statistic: Statistic
    of_period: bool = True
    channel: str = ""
    suffix: str = ""


_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "Rtd": Kind(Statistic.INSTANT, of_period=False),
        "ZsRtd": Kind(Statistic.INSTANT, of_period=False, channel="zs"),
        "Min": Kind(Statistic.MIN),
        "Avg": Kind(Statistic.MEAN),
        "Max": Kind(Statistic.MAX),
        "ZsMin": Kind(Statistic.MIN, channel="zs"),
        "ZsAvg": Kind(Statistic.MEAN, channel="zs"),
        "ZsMax": Kind(Statistic.MAX, channel="zs"),
        "Cou": Kind(Statistic.SUM, suffix="-Cou"),
        "Data": Kind(Statistic.MEAN),
        "DayData": Kind(Statistic.MEAN, channel="day"),
        "NightData": Kind(Statistic.MEAN, channel="night"),
        "RS": Kind(Statistic.INSTANT, of_period=False, suffix="-RS"),
        "RT": Kind(Statistic.SUM, suffix="-RT"),
    }
)
_EXTREMES: Final = MappingProxyType({"LMx": Statistic.MAX, "LMn": Statistic.MIN})
"""Levels of noise that are no mean of their period."""

_SILENT: Final = frozenset({"Flag", "EFlag", "SampleTime", "Info", "SN", "ValidNum", "TotalNum"})
"""Classes without a value of the factor; makers add the last two, counts of samples."""

_NOTHING: Final = frozenset({"", "-", "--", "---", "nan", "null", "none"})
"""What loggers send in place of a value where the flag says that there is none."""


class Spoken(NamedTuple):
    """What all values of a factor in a message share.

    Attributes:
        device: who says it.
        factor: as sent.
        native: what it is called in the vocabulary.
        observed_us: the instant, or the end of the period; None for arrival.
        period_s: its length in seconds, 0 for an instant.
    """

    device: Name
    factor: str
    native: NativeName
    observed_us: int | None
    period_s: int


def readings_of(spoken: Spoken, sent: Mapping[str, str], faults: FaultList) -> list[NativeReading]:
    """Return the readings of a factor from its fields by class; a bad one harms only itself."""
    flags = _flags_of(sent.get("Flag", ""))
    readings = []
    for kind, text in sent.items():
        if kind in _SILENT or (flags and text.lower() in _NOTHING):
            continue
        meaning = _KINDS.get(kind)
        if not meaning or meaning.of_period != bool(spoken.period_s):
            faults.add(FaultReason.BAD_VALUE, _misplaced(spoken, kind))
        elif (value := _finite(text)) is None:
            faults.add(
                FaultReason.BAD_VALUE,
                f"{spoken.factor}-{kind} {quoted(text)}: expected a decimal number",
            )
        else:
            readings.append(_reading(spoken, meaning, value, flags))
    return readings


def _reading(spoken: Spoken, kind: Kind, value: float, flags: int) -> NativeReading:
    native = spoken.native
    return NativeReading(
        spoken.device,
        native.name + kind.suffix,
        value,
        native.unit_emission if kind.suffix else native.unit,
        spoken.observed_us,
        "-".join(filter(None, (native.channel, kind.channel))),
        _EXTREMES.get(native.name, kind.statistic) if kind.of_period else kind.statistic,
        spoken.period_s,
        flags,
    )


def _finite(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _misplaced(spoken: Spoken, kind: str) -> str:
    wanted = "Avg, Min, Max, Cou or Data" if spoken.period_s else "Rtd"
    message = "of a period" if spoken.period_s else "of an instant"
    sent = shown_name(f"{spoken.factor}-{kind}")
    return f"{sent} in a message {message}: expected a class like {wanted}"


@cache
def _flags() -> Mapping[str, int]:
    grades = {flag: Grade[grade.upper()] for flag, grade, *_ in table_rows("hj212_flags.csv")}
    return {
        flag: quality(grade, Check.DEVICE_FLAG) if grade else quality(grade)
        for flag, grade in grades.items()
    }


def _flags_of(flag: str) -> int:
    return _flags().get(flag.upper(), _UNREADABLE_FLAG) if flag else 0
