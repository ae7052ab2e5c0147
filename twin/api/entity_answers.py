"""What is answered to a change of the register: the entity as it is now, and what was done."""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from data.registry.lifecycle import Author
from twin.api import entity_detail
from twin.api.access import Caller, needs
from twin.api.entity_bodies import Reasoned, author_of
from twin.api.entity_documents import EntityDetail, address_of, answered, tag
from twin.api.parameters import NoQuery
from twin.api.permissions import Permission
from twin.api.problems import MalformedError, documented
from twin.api.register_changes import Done
from twin.api.register_store import Connection, Register, RegisterStore
from twin.api.store import Pool, Store

_LONGEST = 2000
WRITTEN = documented(404, 409, 413, 415)
"""The OpenAPI entries of the errors of every change."""

NoneAsked = Annotated[NoQuery, Query()]


class Recorded(BaseModel):
    """What a change set did; one that changed nothing left no trace and has no number."""

    change_set: int | None
    created: int
    changed: int
    retired: int
    names: int = Field(description="added or ended")
    relations: int = Field(description="added or ended")
    conflicts: int = Field(
        description="values that were kept apart, for another source is the authority: /conflicts"
    )


class ChangedEntity(EntityDetail):
    """An entity after a change, and what the change did."""

    recorded: Recorded
    warnings: list[str] = Field(description="what was mended, left out, or soon runs out")


class SplitEntities(BaseModel):
    """The entities that a split made, and what it did."""

    items: list[EntityDetail]
    recorded: Recorded
    warnings: list[str]


class Desk(NamedTuple):
    """Who changes the register, and with what."""

    store: Pool
    register: RegisterStore
    caller: Caller

    async def do(self, asked: Reasoned, work: Callable[[Connection, Author], Done]) -> Done:
        """Change the register in the name of the caller, in one transaction."""
        author = author_of(self.caller, asked)
        return await self.register.do(lambda connection: work(connection, author))

    async def tell(self, done: Done, status: int = HTTPStatus.OK) -> Response:
        """Return the entity that was changed; one that was made with its address."""
        (found,) = await _details(self.store, done.codes)
        headers = tag(found["version"])
        if status == HTTPStatus.CREATED:
            headers["Location"] = address_of(found["code"])
        return answered(found | _told(done), status, headers)

    async def tell_several(self, done: Done) -> Response:
        """Return the entities that a split made."""
        return answered({"items": await _details(self.store, done.codes), **_told(done)})


async def _desk(
    store: Store,
    register: Register,
    caller: Annotated[Caller, Depends(needs(Permission.REGISTER_WRITE))],
) -> Desk:
    return Desk(store, register, caller)


StewardsDesk = Annotated[Desk, Depends(_desk)]


def versions_in(if_match: str | None) -> Collection[int] | None:
    """Return the versions in an If-Match header (RFC 9110, 13.1.1), None for any.

    Raises:
        MalformedError: an element is none of our ETags.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    texts = [text.strip() for text in if_match[:_LONGEST].split(",")]
    try:
        return [_version(text) for text in texts]
    except ValueError:
        raise MalformedError(
            f"If-Match {if_match[:100]!r}: expected the ETag of a reading"
        ) from None


def _version(text: str) -> int:
    digits = text.removeprefix('"').removesuffix('"')
    if text != f'"{digits}"' or not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return int(digits)


async def _details(store: Pool, codes: Sequence[int]) -> list[dict[str, Any]]:
    found = await entity_detail.by_codes(store, codes)
    return [found[code] for code in codes]


def _told(done: Done) -> dict[str, Any]:
    return {"recorded": done.recorded._asdict(), "warnings": list(done.warnings)}
