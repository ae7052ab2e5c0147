"""Why a device is as it is, in a sentence."""

from typing import Final

from data.device_states import DeviceState
from ingest.devices.columns import STATES, Columns

_SECOND_US: Final = 1_000_000
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
_LONG: Final = 2


def reason_of(columns: Columns, place: int, state: DeviceState, now_us: int, said: str) -> str:
    """Return why a device has come to a state.

    Args:
        columns: what is known of devices, and how they were before.
        place: of the device.
        state: how it is now.
        now_us: our clock, microseconds since 1970 UTC.
        said: what it said, or what was said of it: a goodbye, why it is throttled.
    """
    quiet = _spoken(now_us - int(columns.heard_us[place]))
    match state:
        case DeviceState.THROTTLED:
            return said
        case DeviceState.SILENT if columns.gone_us[place] >= columns.heard_us[place]:
            return said or "it said goodbye"
        case DeviceState.LATE | DeviceState.SILENT:
            return f"not heard for {quiet}, {_expected(columns, place)}"
        case DeviceState.UNKNOWN:
            return f"not heard for {quiet}, and we did not listen all that time"
        case _:
            return _found(columns, place, state)


def _found(columns: Columns, place: int, state: DeviceState) -> str:
    """Return what was found in what a device says."""
    if state is DeviceState.FAULTY:
        return "most of its newest values are unreliable"
    if state is DeviceState.CLOCK_WRONG:
        return _drift(int(columns.drift_us[place]))
    return _back(STATES[columns.state[place]])


def _back(before: DeviceState) -> str:
    match before:
        case DeviceState.THROTTLED:
            return "sends no more than it may"
        case DeviceState.FAULTY:
            return "its newest values are sound"
        case DeviceState.CLOCK_WRONG:
            return "its clock is right"
    return "heard"


def _drift(drift_us: int) -> str:
    direction = "ahead" if drift_us > 0 else "behind"
    return f"its clock is {_spoken(abs(drift_us))} {direction}"


def _expected(columns: Columns, place: int) -> str:
    interval_s = float(columns.interval_s[place])
    if not interval_s:
        return "and how often it sends is not known"
    return f"expected every {_spoken(round(interval_s * _SECOND_US))}"


def _spoken(microseconds: int) -> str:
    seconds = round(microseconds / _SECOND_US)
    for unit, name in ((_DAY_S, "days"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= _LONG * unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds} s"
