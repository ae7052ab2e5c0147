"""Entities by other identifiers: one by one, or a thousand names at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from twin.api import entity_detail
from twin.api.access import check_origin
from twin.api.entity_documents import ENTITIES, EntityDetail, address_of, answered, tag
from twin.api.entity_forwards import FORWARDED, choices, lead_on
from twin.api.parameters import Instant, NoQuery, SearchText
from twin.api.plain_reads import plainly
from twin.api.problems import UnknownError, documented
from twin.api.store import Store, pool_of, tuples
from twin.api.together import Together
from twin.codes import InvalidIdentifierError, canonical

router = APIRouter(prefix=ENTITIES, tags=["register"], responses=documented())

_MOST_NAMES = 1000
_LONGEST_SCHEME, _LONGEST_VALUE = 60, 200
_RESOLVE = b"""
    SELECT a.place, array_agg(DISTINCT n.code::text)
    FROM unnest(%(places)s::int4[], %(schemes)s::text[], %(values)s::text[])
         AS a (place, scheme, value)
    JOIN entity_name n ON n.scheme = a.scheme AND n.value = a.value
    WHERE n.superseded_in IS NULL AND n.valid @> coalesce(%(at)s::timestamptz, now())
    GROUP BY a.place
    UNION ALL
    SELECT a.place, ARRAY[e.code::text]
    FROM unnest(%(places)s::int4[], %(schemes)s::text[], %(values)s::text[])
         AS a (place, scheme, value)
    JOIN entity e ON e.code = CASE a.scheme WHEN 'code' THEN a.value::int8 END"""

Scheme = Annotated[SearchText, Field(max_length=_LONGEST_SCHEME, examples=["mqtt"])]
Value = Annotated[SearchText, Field(max_length=_LONGEST_VALUE, examples=["gauge-1"])]


NamesAsked = Together[entity_detail.SchemedValue, list[entity_detail.Document]]


class NameQuery(NoQuery):
    """Which meaning of a name, and what to tell."""

    at: Instant | None = Field(default=None, description="when it shall be valid; default now")
    code_system: SearchText | None = Field(
        default=None, description="the table that the value is of; needed where several have it"
    )
    geometry: bool = Field(default=False, description="tell its geometry as GeoJSON in WGS 84")


_AS_IT_IS = NameQuery()


class AskedName(BaseModel):
    """A name whose entity is looked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scheme: Scheme
    value: Value


class AskedNames(BaseModel):
    """Names whose entities are looked for."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"examples": [{"names": [{"scheme": "mqtt", "value": "gauge-1"}]}]},
    )

    names: list[AskedName] = Field(min_length=1, max_length=_MOST_NAMES)
    at: Instant | None = Field(default=None, description="when they shall be valid; default now")


class ResolvedName(BaseModel):
    """The entities of a name: none, one, or one for each code system that has it."""

    scheme: str
    value: str = Field(description="as the register keeps it")
    codes: list[str]
    problem: str | None = Field(description="why the value is none of its scheme's")


class ResolvedNames(BaseModel):
    """One item for each name, in the order in which they were asked."""

    items: list[ResolvedName]


async def read_named(
    request: Request,
    scheme: Annotated[Scheme, Path()],
    value: Annotated[Value, Path()],
    query: Annotated[NameQuery, Query()],
) -> Response:
    """Return the entity that a name means, as `/entities/{code}` does.

    300 if several code systems give the name to several entities.
    """
    store = pool_of(request)
    name = scheme, canonical(scheme, value)
    if query == _AS_IT_IS:
        asked: NamesAsked = request.app.state.names_asked
        found = await asked.about(name)
    else:
        meaning = entity_detail.NameMeaning(query.code_system, query.at)
        told = await entity_detail.by_names(store, [name], meaning, geometry=query.geometry)
        found = told.get(name)
    if not found:
        raise UnknownError(f"{scheme} name {name[1][:100]!r}: no entity has it")
    if len(found) > 1:
        sentence = (
            f"{scheme} name {name[1][:100]!r}: several entities have it, name the code_system"
        )
        return choices(sentence, [address_of(one["code"]) for one in found])
    (one,) = found
    led = await lead_on(request, store, int(one["code"])) if one["retired"] else None
    return led or answered(one, headers=tag(one["version"]))


async def _read_plainly(request: Request) -> Response | None:
    scheme, value = request.path_params["scheme"], request.path_params["value"]
    if not (0 < len(scheme) <= _LONGEST_SCHEME and 0 < len(value) <= _LONGEST_VALUE):
        return None
    return await read_named(request, scheme, value, _AS_IT_IS)


router.add_api_route(
    "/by-name/{scheme}/{value:path}",
    read_named,
    response_model=EntityDetail,
    responses={**FORWARDED, **documented(404)},
    route_class_override=plainly(_read_plainly),
)


@router.post(
    "/resolve",
    response_model=ResolvedNames,
    dependencies=[Depends(check_origin)],
    responses=documented(413, 415),
)
async def resolve_names(
    store: Store, asked: AskedNames, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Return the codes of up to a thousand names, in the order in which they were asked."""
    items = [_read(name) for name in asked.names]
    known = [place for place, item in enumerate(items) if item["problem"] is None]
    parameters = {
        "places": known,
        "schemes": [items[place]["scheme"] for place in known],
        "values": [items[place]["value"] for place in known],
        "at": asked.at,
    }
    for place, codes in await tuples(store, _RESOLVE, parameters):
        items[place]["codes"] = codes
    return answered({"items": items})


def _read(name: AskedName) -> dict[str, Any]:
    item: dict[str, Any] = {"scheme": name.scheme, "value": name.value, "codes": []}
    try:
        return item | {"value": canonical(name.scheme, name.value), "problem": None}
    except InvalidIdentifierError as error:
        return item | {"problem": str(error)}
