"""How devices are: all of them by their states, and one with its history."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from psycopg.rows import DictRow
from psycopg.sql import SQL
from pydantic import BaseModel, Field

from data.device_listing import COUNTS, DEVICE_CLASSES, listed
from data.reference import quantities
from data.reference.device_types import DeviceType  # noqa: TC001 - as everywhere in this house
from twin.api import cursors
from twin.api.parameters import Code, NoQuery, PageQuery, page_of
from twin.api.problems import UnknownError, documented
from twin.api.store import Store, row, rows

router = APIRouter(prefix="/api/v1", tags=["devices"], responses=documented())

_MOST_HISTORY = 100

_HISTORY = SQL("""
    SELECT at, state, reason FROM device_state_history
    WHERE device = %(code)s ORDER BY at DESC LIMIT %(most)s""")

_VITALS = SQL("""
    SELECT DISTINCT ON (s.quantity) s.quantity, l.value, l.ts AS observed_at
    FROM series s JOIN series_latest l ON l.series_id = s.id
    WHERE s.device = %(code)s AND s.mode = 'actual' AND s.quantity = ANY(%(vitals)s)
    ORDER BY s.quantity, l.ts DESC""")

_BATTERY = ("battery_level", "battery_voltage")
_SIGNAL = ("signal_strength",)
_LOW_PERCENT = 20.0
_TYPE = SQL("SELECT properties ->> 'device_type' AS device_type FROM entity WHERE code = %(code)s")

State = Literal["unknown", "online", "late", "silent", "throttled", "faulty", "clock wrong"]


class StateQuery(PageQuery):
    """Which devices."""

    state: State | None = None


class DeviceState(BaseModel):
    """How a device is, and why; of a device that was never heard it is unknown."""

    code: str = Field(examples=["4403118501000001"])
    name: str
    state: State
    since: datetime | None
    reason: str = Field(examples=["not heard for 3 min, expected every 60 s"])
    heard_at: datetime | None = Field(description="when anything last came from it")
    gone_at: datetime | None = Field(description="when it last said goodbye")
    interval_s: int | None = Field(description="seconds between its messages, where known")
    refused: int = Field(description="messages that were not taken while it was throttled")
    last_refused_at: datetime | None
    conflicts: int = Field(description="values for instants that had another one")
    last_conflict_at: datetime | None


class DeviceStateList(BaseModel):
    """Devices in the order of their codes, and how many there are of each state."""

    counts: dict[State, int]
    items: list[DeviceState]
    next: str | None


class PastState(BaseModel):
    """A state that a device came to."""

    at: datetime
    state: State
    reason: str


class Vital(BaseModel):
    """What a device said last of its battery or its radio link."""

    quantity: str
    value: float
    unit: str
    observed_at: datetime
    low: bool | None = Field(
        description="below a fifth of a full battery, or below what its type says; null if unknown"
    )


class WholeDeviceState(DeviceState):
    """How a device is and was, the newest 100 changes first."""

    battery: list[Vital]
    signal: list[Vital]
    history: list[PastState]


@router.get("/devices/states")
async def list_device_states(
    store: Store, query: Annotated[StateQuery, Query()]
) -> DeviceStateList:
    """Return how devices are, and how many there are of each state."""
    wanted: dict[str, Any] = {"present": True, "classes": DEVICE_CLASSES}
    if query.state is not None:
        wanted["state"] = query.state
    if (after := cursors.decode_int(query.cursor)) is not None:
        wanted["after"] = after
    found = await rows(store, listed(wanted), wanted | {"more": query.limit + 1})
    items, last = page_of(found, query.limit)
    counts = await rows(store, COUNTS, wanted)
    return DeviceStateList(
        counts={count["state"]: count["devices"] for count in counts},
        items=[DeviceState.model_validate(_named(item)) for item in items],
        next=last and cursors.encode(last["code"]),
    )


@router.get("/entities/{code}/state", responses=documented(404))
async def read_device_state(
    request: Request, store: Store, code: Code, _query: Annotated[NoQuery, Query()]
) -> WholeDeviceState:
    """Return how a device is and was, with its battery and its radio link."""
    asked = {"code": code, "classes": DEVICE_CLASSES, "more": 1, "most": _MOST_HISTORY}
    found = await row(store, listed(asked), asked)
    if found is None:
        raise UnknownError(f"entity {code}: expected a device or a camera of the register")
    history = await rows(store, _HISTORY, asked)
    said = await rows(store, _VITALS, asked | {"vitals": [*_BATTERY, *_SIGNAL]})
    least = _least_battery(request, await row(store, _TYPE, asked))
    return WholeDeviceState.model_validate(
        _named(found)
        | {
            "history": history,
            "battery": list(_vitals(said, _BATTERY, least)),
            "signal": list(_vitals(said, _SIGNAL, least)),
        }
    )


def _named(found: DictRow) -> dict[str, Any]:
    return found | {"code": str(found["code"])}


def _least_battery(request: Request, device: DictRow | None) -> Mapping[str, float]:
    """Return below which value a battery is low, by quantity."""
    kind: DeviceType | None = request.app.state.device_types.get((device or {}).get("device_type"))
    volts = kind.low_battery_v if kind else None
    return {"battery_level": _LOW_PERCENT} | ({} if volts is None else {"battery_voltage": volts})


def _vitals(
    said: list[DictRow], wanted: tuple[str, ...], least: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    for vital in said:
        if (quantity := vital["quantity"]) in wanted:
            low = vital["value"] < least[quantity] if quantity in least else None
            yield vital | {"unit": quantities()[quantity].unit, "low": low}
