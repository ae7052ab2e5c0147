"""What is inside areas now, and what came into areas in which it is out of place."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import psycopg
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from data import areas
from data.areas import FoundInside, UnknownAreaError
from twin.api.entity_documents import answered, identity
from twin.api.parameters import ClassOrMajor, Code, Instant, NoQuery
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register

Connection = psycopg.Connection[tuple[Any, ...]]
_MOST = 1_000
_LATELY = timedelta(hours=24)
_DECIMALS = 7

router = APIRouter(prefix="/api/v1/areas", tags=["areas"], responses=documented(404))


class FindingQuery(NoQuery):
    """Since when."""

    since: Instant | None = Field(
        default=None, description="what arrived after it; the last 24 hours if absent"
    )
    mode: Literal["actual", "exercise", "replay"] = Field(
        default="actual", description="of video events"
    )
    limit: int = Field(default=100, ge=1, le=_MOST, description="so many, the latest first")

    def after(self) -> datetime:
        """Return since when."""
        return self.since or datetime.now(UTC) - _LATELY


class InsideQuery(FindingQuery):
    """Of which class."""

    klass: ClassOrMajor | None = Field(
        default=None, alias="class", description="of entities, and of cameras for what they saw"
    )


class EncroachmentQuery(FindingQuery):
    """In which areas."""

    area: list[Code] = Field(default=[], max_length=500, description="all if none is named")


class AreaNamed(BaseModel):
    """An area."""

    code: str
    klass: str = Field(alias="class")
    name: str


class Finding(BaseModel):
    """Something inside an area."""

    kind: Literal["entity", "position", "detection"] = Field(
        description="by its place in the register, by its latest position, or seen by a camera"
    )
    area: AreaNamed
    code: str = Field(description="of the entity, or of the camera")
    printed: str
    klass: str = Field(alias="class")
    class_name_zh: str
    class_name_en: str
    name: str
    at: datetime = Field(description="since when the register says so, or of position or event")
    how: Literal["in", "partly", "position", "place", "view"] = Field(
        description="of an event place: it says where it was; view: its camera looks at the area"
    )
    topic: str = Field(description="of the event")
    longitude: float
    latitude: float


class FindingList(BaseModel):
    """What is inside areas, the latest first."""

    items: list[Finding]
    complete: bool = Field(description="false: there is more than was asked for")


@router.get("/encroachments", response_model=FindingList)
async def list_encroachments(
    register: Register, query: Annotated[EncroachmentQuery, Query()]
) -> Response:
    """Return what came into no-go zones and river management areas and is out of place there."""

    def ask(connection: Connection) -> list[FoundInside]:
        chosen = list(map(int, query.area)) or None
        return areas.encroachments(
            connection, query.after(), areas=chosen, mode=query.mode, limit=query.limit + 1
        )

    return _listed(await register.do(ask), query.limit)


@router.get("/{code}/inside", response_model=FindingList)
async def list_inside(
    register: Register, code: Code, query: Annotated[InsideQuery, Query()]
) -> Response:
    """Return what is inside an area: things, who moves, and what cameras saw there."""

    def ask(connection: Connection) -> list[FoundInside]:
        wanted = areas.Wanted(query.klass, query.after(), query.mode, query.limit + 1)
        return areas.inside(connection, int(code), wanted)

    try:
        found = await register.do(ask)
    except UnknownAreaError as error:
        raise UnknownError(str(error)) from error
    return _listed(found, query.limit)


def _listed(found: list[FoundInside], limit: int) -> Response:
    items = [_finding(one) for one in found[:limit]]
    return answered({"items": items, "complete": len(found) <= limit})


def _finding(one: FoundInside) -> dict[str, Any]:
    area = {"code": str(one.area), "class": one.area_class, "name": one.area_name}
    return identity(one.code, one.klass) | {
        "kind": one.kind,
        "area": area,
        "name": one.name,
        "at": one.at,
        "how": one.how,
        "topic": one.topic,
        "longitude": round(one.longitude, _DECIMALS),
        "latitude": round(one.latitude, _DECIMALS),
    }
