"""The register: entities by code, class, place, text or name, and the state of one."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from data.reference.class_properties import InvalidPropertyError
from data.registry import (
    ChangeRefusedError,
    CodesExhaustedError,
    EntityRetiredError,
    EntityUnknownError,
    NameTakenError,
)
from twin.api import (
    entity_changing,
    entity_detail,
    entity_differences,
    entity_life,
    entity_names,
    entity_past,
    entity_renaming,
)
from twin.api.entity_documents import ENTITIES, EntityDetail, EntityList, answered, tag
from twin.api.entity_finding import EntityQuery, find
from twin.api.entity_forwards import FORWARDED, lead_on
from twin.api.parameters import Code, Instant, NoQuery, parse_code
from twin.api.plain_reads import plainly
from twin.api.problems import UnknownError, documented
from twin.api.register_changes import VersionError
from twin.api.store import Store, pool_of
from twin.api.together import Together
from twin.codes import InvalidEntityCodeError

STATUS: Mapping[type[Exception], HTTPStatus] = {
    ChangeRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidPropertyError: HTTPStatus.UNPROCESSABLE_ENTITY,
    EntityUnknownError: HTTPStatus.NOT_FOUND,
    EntityRetiredError: HTTPStatus.CONFLICT,
    NameTakenError: HTTPStatus.CONFLICT,
    CodesExhaustedError: HTTPStatus.CONFLICT,
    VersionError: HTTPStatus.PRECONDITION_FAILED,
}

EntitiesAsked = Together[int, entity_detail.Document]

_reading = APIRouter(prefix=ENTITIES, tags=["register"], responses=documented())


class StateQuery(NoQuery):
    """Which state of an entity, and what to tell of it."""

    geometry: bool = Field(default=False, description="tell its geometry as GeoJSON in WGS 84")
    as_of: Instant | None = Field(
        default=None, description="as the register had it then; old codes are not followed"
    )
    follow: bool = Field(
        default=True, description="false: tell a replaced entity itself, not where it leads"
    )


@_reading.get("", response_model=EntityList)
async def list_entities(store: Store, query: Annotated[EntityQuery, Query()]) -> Response:
    """Return entities in the order of their codes.

    Each page goes on after the last code of the one before, so that no entity that stands
    meanwhile is left out or comes twice, whatever changes between two pages.
    """
    return answered(await find(store, query))


async def read_entity(
    request: Request, code: Code, query: Annotated[StateQuery, Query()]
) -> Response:
    """Return one entity by its code, 16 digits or as printed, now or as of an instant.

    A code that was merged or renumbered is answered with 307 and the address of the entity that
    stands; one that was split with 300 and all of them. The ETag names the entity's version.
    """
    store = pool_of(request)
    if query.as_of is not None:
        then = await entity_detail.as_of(store, code, query.as_of, geometry=query.geometry)
        if then is None:
            raise UnknownError(f"entity {code}: not in the register at {query.as_of.isoformat()}")
        return answered(then, headers=tag(then["version"]))
    if query.geometry:
        found = (await entity_detail.by_codes(store, [code], geometry=True)).get(code)
    else:
        asked: EntitiesAsked = request.app.state.entities_asked
        found = await asked.about(code)
    if query.follow and (found is None or found["retired"]):
        led = await lead_on(request, store, code)
        if led is not None:
            return led
    if found is None:
        raise UnknownError(f"entity {code}: not in the register")
    return answered(found, headers=tag(found["version"]))


async def _read_plainly(request: Request) -> Response | None:
    try:
        code = parse_code(request.path_params["code"])
    except InvalidEntityCodeError:
        return None
    return await read_entity(request, code, _AS_IT_IS)


_AS_IT_IS = StateQuery()
_reading.add_api_route(
    "/{code}",
    read_entity,
    response_model=EntityDetail,
    responses={**FORWARDED, **documented(404)},
    route_class_override=plainly(_read_plainly),
)

router = APIRouter()
# One flat list, as FastAPI walks twice through a router within a router; what is asked most comes
# first, and fixed addresses before those that are codes.
for _part in (
    entity_differences.router,
    _reading,
    entity_names.router,
    entity_past.router,
    entity_changing.router,
    entity_life.router,
    entity_renaming.router,
):
    router.routes.extend(_part.routes)
