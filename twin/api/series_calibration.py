"""How the raw values of a series become values: scale, shift and datum, each for its time."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, field_validator

from data.quality import read_series
from data.quality_calibrations import (
    Calibration,
    CalibrationRefusedError,
    calibrate,
    read_periods,
)
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import log
from twin.api.parameters import Instant, NoQuery, SearchText, SeriesId, ShortText
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.register_store import Register

Connection = psycopg.Connection[tuple[Any, ...]]

STATUS: dict[type[Exception], HTTPStatus] = {CalibrationRefusedError: HTTPStatus.CONFLICT}

router = APIRouter(prefix="/api/v1/series", tags=["series"], responses=documented(404))

Calibrator = Annotated[Caller, Depends(needs(Permission.READINGS_WRITE))]
NoneAsked = Annotated[NoQuery, Query()]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]

_LEAST_SCALE = 1e-9


class CalibrationChange(BaseModel):
    """Value = ``scale`` x raw value + ``shift``, counted from ``datum``, from an instant on."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {"shift": 12.35, "datum": "1985", "reason": "gauge zero, levelled in May"},
                {"scale": -1, "shift": 18.2, "reason": "the sensor looks down on the water"},
            ]
        },
    )

    from_: Instant | None = Field(
        default=None,
        alias="from",
        description="after the last stored value; in five seconds, if absent",
    )
    scale: Number = 1.0
    shift: Number = Field(default=0.0, description="in the series' unit")
    datum: SearchText | None = Field(default=None, description="what values are counted from")
    reason: Annotated[ShortText, Field(min_length=1, description="why; it is kept")]

    @field_validator("scale")
    @classmethod
    def _can_be_undone(cls, scale: float) -> float:
        if abs(scale) < _LEAST_SCALE:
            raise ValueError(f"{scale:g}: expected a scale that is not nothing")
        return scale


class CalibrationPeriod(BaseModel):
    """A calibration from (included) to (not included); null where it has no end on that side."""

    from_: datetime | None = Field(alias="from")
    to: datetime | None
    scale: float
    shift: float
    datum: str


class CalibrationList(BaseModel):
    """The calibrations of a series in the order of time; between them values are as sent."""

    items: list[CalibrationPeriod]


@router.get("/{series_id}/calibrations")
async def list_calibrations(
    register: Register, series_id: SeriesId, _query: NoneAsked
) -> CalibrationList:
    """Return the calibrations of a series."""
    return await register.do(partial(_told, series_id=series_id))


@router.put(
    "/{series_id}/calibrations",
    responses=documented(409, 413, 415),
    dependencies=[Depends(check_origin)],
)
async def set_calibration(
    register: Register,
    caller: Calibrator,
    series_id: SeriesId,
    change: CalibrationChange,
    _query: NoneAsked,
) -> CalibrationList:
    """Let a calibration be valid from an instant on, instead of whatever was to come then.

    Stored values keep their meaning: an instant up to which values stand is refused.
    """
    work = partial(_set, series_id=series_id, change=change, actor=caller.actor)
    return await register.do(work)


def _told(connection: Connection, *, series_id: int) -> CalibrationList:
    read_series(connection, series_id)
    return CalibrationList(
        items=[
            CalibrationPeriod.model_validate(
                {
                    "from": period.begun,
                    "to": period.ended,
                    "scale": period.scale,
                    "shift": period.shift,
                    "datum": period.datum,
                }
            )
            for period in read_periods(connection, series_id)
        ]
    )


def _set(
    connection: Connection, *, series_id: int, change: CalibrationChange, actor: str
) -> CalibrationList:
    before = _told(connection, series_id=series_id)
    calibration = Calibration(change.scale, change.shift, change.datum or "")
    begins = calibrate(connection, series_id, calibration, change.from_)
    log(
        connection,
        actor,
        "calibration.set",
        f"series {series_id}",
        begins=begins.isoformat(),
        **calibration._asdict(),
        before=before.model_dump(mode="json", by_alias=True)["items"],
        reason=change.reason,
    )
    return _told(connection, series_id=series_id)
