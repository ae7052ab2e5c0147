"""Commands as they stand, what a device takes, and what it is like beside what it shall be."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from psycopg.sql import SQL
from pydantic import Field

from data.commands import COMMANDS, DESIRED_AND_REPORTED, in_agreement, read_addressee
from data.commands.listing import ANY
from data.device_types import DeviceTypes
from twin.api import cursors
from twin.api.command_documents import (
    Command,
    CommandChoices,
    CommandList,
    DeviceState,
    DeviceStates,
    StateName,
    choice_of,
)
from twin.api.parameters import Code, NoQuery, PageQuery, RowId, page_of
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register
from twin.api.store import Pool, Store, row, rows

router = APIRouter(prefix="/api/v1", tags=["commands"], responses=documented())

_COMMANDS = SQL(COMMANDS)
_STATES = SQL(DESIRED_AND_REPORTED)
_ENTITY = SQL("SELECT FROM entity WHERE code = %(device)s")


async def _types_of(request: Request) -> DeviceTypes:
    types: DeviceTypes = request.app.state.device_types
    return types


Types = Annotated[DeviceTypes, Depends(_types_of)]
NoneAsked = Annotated[NoQuery, Query()]


class CommandQuery(PageQuery):
    """Which commands."""

    state: StateName | None = Field(
        default=None, description="`requested` waits for a second person"
    )


@router.get("/commands")
async def list_commands(store: Store, query: Annotated[CommandQuery, Query()]) -> CommandList:
    """Return commands to any device, the newest first."""
    return await _page(store, query, None)


@router.get("/commands/{command_id}", responses=documented(404))
async def read_command(store: Store, command_id: RowId, _query: NoneAsked) -> Command:
    """Return one command with its steps."""
    found = await row(store, _COMMANDS, ANY | {"id": command_id})
    if found is None:
        raise UnknownError(f"command {command_id}: not in the store")
    return Command.model_validate(found)


@router.get("/entities/{code}/commands", responses=documented(404))
async def list_commands_of_device(
    store: Store, code: Code, query: Annotated[CommandQuery, Query()]
) -> CommandList:
    """Return commands to one device, the newest first."""
    await _check_known(store, code)
    return await _page(store, query, code)


@router.get("/entities/{code}/command-choices", responses=documented(404, 409))
async def list_choices(
    register: Register, types: Types, code: Code, _query: NoneAsked
) -> CommandChoices:
    """Return the commands that a device takes, with their parameters."""
    to = await register.do(lambda connection: read_addressee(connection, code, types))
    return CommandChoices(items=[choice_of(to.kinds[name]) for name in sorted(to.kinds)])


@router.get("/entities/{code}/desired", responses=documented(404))
async def read_desired(store: Store, code: Code, _query: NoneAsked) -> DeviceStates:
    """Return what a device shall be like beside what it says it is like."""
    await _check_known(store, code)
    found = await rows(store, _STATES, {"device": code})
    return DeviceStates(
        items=[
            DeviceState.model_validate(state | {"in_agreement": in_agreement(state)})
            for state in found
        ]
    )


async def _page(store: Pool, query: CommandQuery, device: int | None) -> CommandList:
    asked = ANY | {
        "device": device,
        "state": query.state,
        "before": cursors.decode_int(query.cursor),
        "more": query.limit + 1,
    }
    items, last = page_of(await rows(store, _COMMANDS, asked), query.limit)
    return CommandList(
        items=[Command.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )


async def _check_known(store: Pool, code: int) -> None:
    if await row(store, _ENTITY, {"device": code}) is None:
        raise UnknownError(f"entity {code}: not in the register")
