"""The versioned tables that clients need to read everything else."""

from math import isfinite
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from data import reference
from twin.api.parameters import NoQuery
from twin.api.problems import documented
from twin.quantities import Quantity

router = APIRouter(prefix="/api/v1", tags=["reference"], responses=documented())
NoneAsked = Annotated[NoQuery, Query()]


class ClassRow(BaseModel):
    """A class of entities; ``role`` is thing, area, device, camera or mobile."""

    code: str
    name_zh: str
    name_en: str
    role: str
    status: str
    source: str


class QuantityRow(BaseModel):
    """A quantity, its stored unit, and the limits of what is possible and of what is usual."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    hard_min: float | None
    hard_max: float | None
    soft_min: float | None
    soft_max: float | None


class DomainRow(BaseModel):
    """A domain of alerts."""

    code: str
    name_zh: str
    name_en: str


class ClassList(BaseModel):
    """All classes."""

    items: list[ClassRow]
    next: None = Field(default=None, description="always null: the list is whole")


class QuantityList(BaseModel):
    """All quantities."""

    items: list[QuantityRow]
    next: None = Field(default=None, description="always null: the list is whole")


class DomainList(BaseModel):
    """All domains of alerts."""

    items: list[DomainRow]
    next: None = Field(default=None, description="always null: the list is whole")


@router.get("/classes")
async def list_classes(_query: NoneAsked) -> ClassList:
    """Return the classes of entities."""
    rows = reference.entity_classes().values()
    return ClassList(items=[ClassRow.model_validate(row._asdict()) for row in rows])


@router.get("/quantities")
async def list_quantities(_query: NoneAsked) -> QuantityList:
    """Return the quantities with their units and limits."""
    return QuantityList(items=[_quantity(row) for row in reference.quantities().values()])


@router.get("/domains")
async def list_domains(_query: NoneAsked) -> DomainList:
    """Return the domains of alerts."""
    rows = reference.alert_domains().values()
    return DomainList(items=[DomainRow.model_validate(row._asdict()) for row in rows])


def _quantity(row: Quantity) -> QuantityRow:
    limits = ("hard_min", "hard_max", "soft_min", "soft_max")
    return QuantityRow(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        unit=row.unit,
        **{name: value if isfinite(value := getattr(row, name)) else None for name in limits},
    )
