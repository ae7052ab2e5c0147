"""What is expected of the values of each quantity, and the grade that each check gives."""

import csv
from collections.abc import Mapping
from functools import cache
from math import inf
from typing import Any, NamedTuple

from data.reference import quantities
from data.reference.tables import table_rows, table_text

_NONE = "-"
"""In a cell: nothing is expected, whatever a more general row says."""


class CheckSettings(NamedTuple):
    """What is expected of the values of a series, in the unit of its quantity.

    Attributes:
        hard_min: a smaller value cannot be real.
        soft_min: a smaller value is rare.
        soft_max: a greater value is rare.
        hard_max: a greater value cannot be real.
        noise: by how much two readings may differ at once.
        rate_soft: change in an hour, beyond the noise, that is rare.
        rate_hard: change in an hour, beyond the noise, that cannot be real.
        spike: jump, beyond what ``rate_soft`` allows, that a second reading must confirm.
        stuck_s: for how many seconds the very same value may be read.
        stuck_readings: at least so many readings are needed to call a value stuck.
        still_min: from here ...
        still_max: ... to here a value may stand for ever.
        future_s: seconds by which a live reading may be observed after its arrival.
        lag_s: seconds by which live readings may steadily be observed before their arrival.
        sentinels: raw values that stand for "full scale" or "none".
    """

    hard_min: float = -inf
    soft_min: float = -inf
    soft_max: float = inf
    hard_max: float = inf
    noise: float = 0.0
    rate_soft: float = inf
    rate_hard: float = inf
    spike: float = inf
    stuck_s: float = inf
    stuck_readings: float = 2.0
    still_min: float = inf
    still_max: float = -inf
    future_s: float = inf
    lag_s: float = inf
    sentinels: tuple[float, ...] = ()


NOTHING_EXPECTED = CheckSettings()
LIMITS = ("hard_min", "soft_min", "soft_max", "hard_max")
_OF_CHANGE = {"noise", "rate_soft", "rate_hard", "spike", "stuck_s"}
_SUMMED = {"sum", "counter"}


class CheckGrade(NamedTuple):
    """One row of ``quality_grades.csv``: a check, its bit of a quality and the grade it gives."""

    check: str
    bit: str
    grade: str
    name_en: str
    name_zh: str
    meaning: str
    mark: str


@cache
def check_grades() -> dict[str, CheckGrade]:
    """Return the checks by name."""
    return {row[0]: CheckGrade(*row) for row in table_rows("quality_grades.csv")}


@cache
def check_settings(
    entity_class: str, quantity: str, statistic: str, period_s: int = 0
) -> CheckSettings:
    """Return what ``quality_checks.csv`` expects of such series.

    The cells of a row that names the quantity count more than those of one that does not; then
    those of the class, then those of the statistic, then those of longer periods. Sentinels add
    up. Limits are those of ``quantities.csv`` where no row has any. What a row without a statistic
    says of change is not for sums and counters.

    Raises:
        UnknownQuantityError: there is no such quantity.
    """
    known = quantities()[quantity]
    found = CheckSettings(known.hard_min, known.soft_min, known.soft_max, known.hard_max)
    wanted = {"quantity": quantity, "class": entity_class, "statistic": statistic}
    for row in _rows():
        is_meant = all(row[column] in {"", wanted[column]} for column in wanted)
        if is_meant and period_s >= _period_of(row):
            found = _with_row(found, row, summed=statistic in _SUMMED)
    return found


def with_overrides(settings: CheckSettings, overrides: Mapping[str, Any]) -> CheckSettings:
    """Return settings with some of them changed; None means that nothing is expected."""
    changed: dict[str, Any] = {
        name: getattr(NOTHING_EXPECTED, name) if value is None else _stored(value)
        for name, value in overrides.items()
    }
    return settings._replace(**changed)


def _stored(value: Any) -> float | tuple[float, ...]:  # noqa: ANN401 - as JSON has it
    return tuple(map(float, value)) if isinstance(value, list | tuple) else float(value)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    """Return the rows of the table, the most general ones first."""
    rows = csv.DictReader(table_text("quality_checks.csv").splitlines())
    order = ("quantity", "class", "statistic")
    return tuple(
        sorted(rows, key=lambda row: [*(bool(row[column]) for column in order), _period_of(row)])
    )


def _period_of(row: Mapping[str, str]) -> int:
    """Return how many seconds the period must have at least."""
    return int(row["period_from"] or 0)


def _with_row(settings: CheckSettings, row: Mapping[str, str], *, summed: bool) -> CheckSettings:
    said = {name: row[name] for name in CheckSettings._fields if row[name]}
    if summed and not row["statistic"]:
        said = {name: text for name, text in said.items() if name not in _OF_CHANGE}
    sentinels = said.pop("sentinels", "")
    numbers = {name: None if text == _NONE else float(text) for name, text in said.items()}
    more = tuple(float(text) for text in sentinels.split("|") if text)
    return with_overrides(settings, numbers)._replace(
        sentinels=tuple(sorted({*settings.sentinels, *more}))
    )
