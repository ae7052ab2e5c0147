"""The checks written as a plain loop over rows: what the columns must come to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from data.reference.quality_checks import CheckSettings, check_grades
from twin.model import Check, Grade, combine, grade_of, quality

HOUR_US = 3_600_000_000


class Sent(NamedTuple):
    """A reading as it arrives."""

    series: int
    ts_us: int
    value: float
    lag_us: int = 0
    said: int = 0
    live: bool = True


@dataclass(frozen=True)
class State:
    """What is remembered of a series."""

    seen: int = -(2**63)
    value: float | None = None
    value_us: int = 0
    former: float | None = None
    former_us: int = 0
    alone: bool = False
    turned: bool = False
    since: int = 0
    standing: int = 0
    ts: int = 0
    lag: int = 0
    lagging: int = 0


class Plain:
    """Judges one batch after the other, row by row."""

    def __init__(self, settings: dict[int, CheckSettings]) -> None:
        self._settings = settings
        self._states: dict[int, State] = {}

    def judge(self, batch: Sequence[Sent]) -> list[int]:
        """Return the quality of each row."""
        found = [0] * len(batch)
        seen = {series: state.seen for series, state in self._states.items()}
        order = sorted(range(len(batch)), key=lambda i: (batch[i].series, batch[i].ts_us))
        keys: set[tuple[int, int]] = set()
        for place in order:
            row = batch[place]
            found[place] = sized(row, self._settings[row.series])
            newer = row.ts_us > seen.get(row.series, State.seen)
            if newer and (row.series, row.ts_us) not in keys:
                keys.add((row.series, row.ts_us))
                found[place] = self._look_back(row, found[place])
        return found

    def _look_back(self, row: Sent, packed: int) -> int:
        settings = self._settings[row.series]
        plausible = grade_of(packed) is not Grade.UNRELIABLE
        state, checks = lagged(row, self._states.get(row.series, State()), settings)
        if plausible:
            state, more = changed(row, state, settings)
            checks += more
        self._states[row.series] = state
        return all_of(packed, checks)


def sized(row: Sent, settings: CheckSettings) -> int:
    checks = []
    if not settings.soft_min <= row.value <= settings.soft_max:
        checks.append("soft_limit")
    if not settings.hard_min <= row.value <= settings.hard_max:
        checks.append("hard_limit")
    if any(math.isclose(row.value, each, rel_tol=1e-9) for each in settings.sentinels):
        checks.append("sentinel")
    if row.live and -row.lag_us > settings.future_s * 1e6:
        checks.append("clock")
    return all_of(row.said, checks)


def lagged(row: Sent, state: State, settings: CheckSettings) -> tuple[State, list[str]]:
    allowed = settings.lag_s * 1e6
    in_step = (
        row.live
        and row.lag_us > allowed
        and state.lag > allowed
        and 2 * abs(row.lag_us - state.lag) < row.ts_us - state.ts
    )
    count = state.lagging + 1 if in_step else 1
    far_ahead = row.live and -row.lag_us > HOUR_US
    seen = row.ts_us + row.lag_us if far_ahead else row.ts_us
    state = replace(state, seen=seen, ts=row.ts_us, lag=row.lag_us, lagging=count)
    return state, ["clock"] if count >= 5 else []


def changed(row: Sent, state: State, settings: CheckSettings) -> tuple[State, list[str]]:
    from_last = differs(row, state.value, state.value_us, settings)
    from_former = differs(row, state.former, state.former_us, settings)
    returns = state.former is not None and not from_former
    turned = bool(from_last) and returns
    confirmed = returns and state.alone
    if state.value is not None and state.former is not None and not state.turned:
        confirmed |= goes_on(row, state.value, state.former, state, settings.noise)
    alone = bool(from_last) and not confirmed
    checks = sorted(from_last) if alone else []
    if alone and state.alone and state.former is not None:
        checks = sorted(from_last & from_former)
    same = row.value == state.value
    since = state.since if same else row.ts_us
    standing = state.standing + 1 if same else 1
    if (
        row.ts_us - since > settings.stuck_s * 1e6
        and standing >= settings.stuck_readings
        and not settings.still_min <= row.value <= settings.still_max
    ):
        checks.append("stuck")
    state = replace(
        state,
        value=row.value,
        value_us=row.ts_us,
        former=state.value,
        former_us=state.value_us,
        alone=alone,
        turned=turned,
        since=since,
        standing=standing,
    )
    return state, checks


def goes_on(row: Sent, last: float, former: float, state: State, noise: float) -> bool:
    step, before = row.value - last, last - former
    times = min((row.ts_us - state.value_us) / (state.value_us - state.former_us), 2)
    is_step = step * before > 0 and abs(before) > noise
    return is_step and abs(step) <= noise + 2 * times * abs(before)


def differs(row: Sent, value: float | None, ts_us: int, settings: CheckSettings) -> set[str]:
    if value is None:
        return set()
    change, hours = abs(row.value - value), max(row.ts_us - ts_us, 0) / HOUR_US
    usual = settings.rate_soft * hours if settings.rate_soft < math.inf else math.inf
    possible = settings.rate_hard * hours if settings.rate_hard < math.inf else math.inf
    found = set()
    if change > settings.noise + usual:
        found.add("rate_soft")
    if change > settings.noise + possible:
        found.add("rate_hard")
    if change > max(settings.spike, settings.noise) + (usual if usual < math.inf else 0):
        found.add("spike")
    return found


def all_of(packed: int, checks: Sequence[str]) -> int:
    for check in checks:
        row = check_grades()[check]
        packed = combine(packed, quality(Grade[row.grade.upper()], Check[row.bit]))
    return packed
