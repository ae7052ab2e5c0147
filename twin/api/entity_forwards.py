"""Where old codes lead: to the entity that stands in the place of a merged or renumbered one."""

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from twin.api.entity_documents import address_of
from twin.api.problems import Detail
from twin.api.store import Pool, tuples

# UNION drops what was met before, so that a circle of forwarding records ends.
_SUCCESSORS = b"""
    WITH RECURSIVE met (code) AS (
        SELECT %(code)s::int8
        UNION
        SELECT f.new_code FROM met JOIN entity_forward f ON f.old_code = met.code)
    SELECT e.code FROM met JOIN entity e ON e.code = met.code
    WHERE NOT e.retired AND e.code <> %(code)s ORDER BY e.code"""
# Whatever is true today may change with the register: nothing of this may be kept.
_HEADERS = {"Cache-Control": "no-cache"}


class Successors(Detail):
    """What stands in the place of an entity: addresses of each."""

    successors: list[str]


FORWARDED: dict[int | str, dict[str, Any]] = {
    300: {"model": Successors, "description": "several entities have taken its place"},
    307: {"description": "the entity that has taken its place", "model": Successors},
}
"""The OpenAPI entries of what a route answers for an old code."""


async def successors_of(store: Pool, code: int) -> list[int]:
    """Return the entities in use that an old code leads to, none if it leads nowhere."""
    return [row[0] for row in await tuples(store, _SUCCESSORS, {"code": code})]


async def lead_on(request: Request, store: Pool, code: int) -> Response | None:
    """Return the answer that leads from an old code to where it leads, None if it does nowhere.

    307, not 308, which programs may keep for good: a merger can be undone by another.
    """
    successors = await successors_of(store, code)
    if not successors:
        return None
    addresses = [address_of(one) for one in successors]
    query = f"?{request.url.query}" if request.url.query else ""
    detail = f"entity {code}: replaced by {', '.join(map(str, successors))}"
    if len(addresses) > 1:
        return choices(detail, addresses)
    told = Successors(detail=detail, successors=addresses)
    headers = _HEADERS | {"Location": addresses[0] + query}
    return JSONResponse(told.model_dump(), HTTPStatus.TEMPORARY_REDIRECT, headers)


def choices(detail: str, addresses: list[str]) -> Response:
    """Return the answer that leaves the choice to the reader (RFC 9110, 15.4.1)."""
    told = Successors(detail=detail, successors=addresses)
    return JSONResponse(told.model_dump(), HTTPStatus.MULTIPLE_CHOICES, _HEADERS)
