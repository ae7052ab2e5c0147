"""Commands to devices: asked for, approved by a second person, withdrawn, followed."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import AfterValidator, Field

from data.commands import (
    CommandRefusedError,
    CommandUnknownError,
    IllegalStepError,
    KeyReusedError,
    SecondPersonError,
    Wish,
    approve,
    request,
    withdraw,
)
from data.commands.listing import read_commands
from data.device_types import DeviceTypes
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import Connection, log
from twin.api.command_documents import Command, NewCommand, Noted
from twin.api.command_reads import Types
from twin.api.parameters import Code, NoQuery, RowId, parse_text
from twin.api.permissions import Permission
from twin.api.problems import NotSignedInError, documented
from twin.api.register_store import Register, RegisterStore

router = APIRouter(
    prefix="/api/v1",
    tags=["commands"],
    responses=documented(404, 409, 413, 415),
    dependencies=[Depends(check_origin)],
)

STATUS: Mapping[type[Exception], HTTPStatus] = {
    CommandRefusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    KeyReusedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    CommandUnknownError: HTTPStatus.NOT_FOUND,
    IllegalStepError: HTTPStatus.CONFLICT,
    SecondPersonError: HTTPStatus.FORBIDDEN,
}

Commander = Annotated[Caller, Depends(needs(Permission.DEVICE_COMMAND))]
SecondPerson = Annotated[Caller, Depends(needs(Permission.DEVICE_COMMAND_APPROVE))]
NoneAsked = Annotated[NoQuery, Query()]
IdempotencyKey = Annotated[
    Annotated[str, Field(min_length=1, max_length=200), AfterValidator(parse_text)] | None,
    Header(description="the same key of the same caller means the same command"),
]
Deed = Callable[..., None]


class Desk(NamedTuple):
    """Who asks for commands, and what is needed to take them down."""

    register: RegisterStore
    types: DeviceTypes
    actor: str


async def _desk(register: Register, types: Types, caller: Commander) -> Desk:
    _check_signed_in(caller)
    return Desk(register, types, caller.actor)


CommandersDesk = Annotated[Desk, Depends(_desk)]


@router.post(
    "/entities/{code}/commands",
    status_code=HTTPStatus.CREATED,
    responses={200: {"model": Command, "description": "this key's command, which stood already"}},
)
async def ask_for_command(
    desk: CommandersDesk,
    code: Code,
    asked: NewCommand,
    response: Response,
    _query: NoneAsked,
    idempotency_key: IdempotencyKey = None,
) -> Command:
    """Ask for a command to a device.

    Valves, gates and pumps wait for the approval of a second person; what else there is, is sent
    at once. A command is sent at most once, and ends executed, refused or timed out.
    """
    wish = Wish(
        code,
        asked.name,
        dict(asked.parameters),
        asked.reason,
        asked.expires_in_s,
        idempotency_key,
    )
    made, is_new = await desk.register.do(partial(_request, desk=desk, wish=wish))
    if not is_new:
        response.status_code = HTTPStatus.OK
    return made


@router.post("/commands/{command_id}/approve")
async def approve_command(
    register: Register, caller: SecondPerson, command_id: RowId, said: Noted, _query: NoneAsked
) -> Command:
    """Let a command be sent; whoever asked for it cannot, nor can a key that they made."""
    return await _do(register, caller, command_id, said, approve)


@router.post("/commands/{command_id}/withdraw")
async def withdraw_command(
    register: Register, caller: Commander, command_id: RowId, said: Noted, _query: NoneAsked
) -> Command:
    """Take a command back before it is sent."""
    return await _do(register, caller, command_id, said, withdraw)


async def _do(
    register: RegisterStore, caller: Caller, command_id: int, said: Noted, deed: Deed
) -> Command:
    _check_signed_in(caller)
    work = partial(_step, number=command_id, actor=caller.actor, note=said.note, deed=deed)
    return await register.do(work)


def _check_signed_in(caller: Caller) -> None:
    # Who may look without an account must not move a gate without one, whatever their role.
    if caller.issuer == "anonymous":
        raise NotSignedInError("commands to devices need somebody who answers for them: sign in")


def _request(connection: Connection, *, desk: Desk, wish: Wish) -> tuple[Command, bool]:
    asked = request(connection, wish, actor=desk.actor, now=_now(), types=desk.types)
    if asked.new:
        told = {"name": wish.name, "parameters": wish.parameters, "reason": wish.reason}
        subject = str(wish.device)
        log(connection, desk.actor, "command.request", subject, command=asked.id, **told)
    return _told(connection, asked.id), asked.new


def _step(connection: Connection, *, number: int, actor: str, note: str, deed: Deed) -> Command:
    deed(connection, number, actor=actor, note=note, now=_now())
    told = _told(connection, number)
    log(connection, actor, f"command.{deed.__name__}", told.device, command=number, note=note)
    return told


def _told(connection: Connection, number: int) -> Command:
    (found,) = read_commands(connection, id=number)
    return Command.model_validate(found)


def _now() -> datetime:
    return datetime.now(UTC)
