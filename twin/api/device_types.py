"""The types of devices that the district knows."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from data.reference.device_types import DeviceType, Meaning
from twin.api.parameters import NoQuery
from twin.api.problems import UnknownError, documented

router = APIRouter(prefix="/api/v1", tags=["reference"], responses=documented())
NoneAsked = Annotated[NoQuery, Query()]
TypeId = Annotated[str, Path(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=100)]


class MeaningRow(BaseModel):
    """What one of the device's own names means; null is what the vocabulary says."""

    native: str
    quantity: str | None = Field(description="empty where its values are left out")
    unit: str | None
    channel: str | None
    statistic: str | None
    period_s: int | None
    factor: float
    offset: float
    full_scale: list[float] | None


class DeviceTypeRow(BaseModel):
    """A type of devices; the property ``device_type`` of a device names it."""

    id: str
    name_zh: str
    name_en: str
    maker: str
    model: str
    protocol: str
    classes: list[str]
    interval_s: int | None
    minute_interval_s: int | None
    low_battery_v: float | None = Field(description="a battery below that is low, in volts")
    quantities: list[MeaningRow]
    commands: dict[str, dict[str, Any]]
    note: str


class DeviceTypeList(BaseModel):
    """All types of devices."""

    items: list[DeviceTypeRow]
    next: None = Field(default=None, description="always null: the list is whole")


@router.get("/device-types")
async def list_device_types(request: Request, _query: NoneAsked) -> DeviceTypeList:
    """Return the types of devices, the district's own among them."""
    types = _types(request)
    return DeviceTypeList(items=[_row(name, types[name]) for name in sorted(types)])


@router.get("/device-types/{type_id}", responses=documented(404))
async def get_device_type(request: Request, type_id: TypeId, _query: NoneAsked) -> DeviceTypeRow:
    """Return one type of devices."""
    kind = _types(request).get(type_id)
    if kind is None:
        raise UnknownError(f"device type {type_id!r}: expected one of GET /api/v1/device-types")
    return _row(type_id, kind)


def _types(request: Request) -> Mapping[str, DeviceType]:
    types: Mapping[str, DeviceType] = request.app.state.device_types
    return types


def _row(type_id: str, kind: DeviceType) -> DeviceTypeRow:
    meanings = [_meaning(native, meaning) for native, meaning in kind.quantities.items()]
    said = kind.model_dump(exclude={"quantities"})
    return DeviceTypeRow(id=type_id, quantities=meanings, **said)


def _meaning(native: str, meaning: Meaning) -> MeaningRow:
    said = meaning.model_dump(exclude={"unit"})
    return MeaningRow(native=native, unit=meaning.unit or None, **said)
