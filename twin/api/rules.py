"""Rules: listed, saved as new versions, withdrawn, restored, checked and explained."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from alerts.rulekeeping.listing import Page, RuleFilters, list_rules, read_rule, read_version
from alerts.rulekeeping.saving import (
    RuleConflictError,
    RuleKindError,
    RuleReasonError,
    UnknownRuleError,
    restore_rule,
    save_new,
    save_version,
    withdraw_rule,
)
from alerts.rulekeeping.versions import Connection, Doing
from alerts.rules import Rule, RuleFileError
from alerts.rules.reading import RuleTable, examine
from twin.api import cursors
from twin.api.access import Caller, Reader, check_origin, needs
from twin.api.parameters import DomainCode, NoQuery, PageQuery, SearchText, ShortText, page_of
from twin.api.permissions import Permission
from twin.api.problems import MalformedError, documented
from twin.api.register_store import Register
from twin.api.rule_documents import (
    CheckedRules,
    FieldCode,
    KindName,
    RuleDocument,
    RuleItem,
    RuleList,
    RuleMistake,
    RuleState,
    RulesToCheck,
    RuleTableBody,
    RuleVersionDocument,
    WithReason,
)

router = APIRouter(prefix="/api/v1/rules", tags=["rules"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    RuleFileError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RuleKindError: HTTPStatus.UNPROCESSABLE_ENTITY,
    RuleReasonError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownRuleError: HTTPStatus.NOT_FOUND,
    RuleConflictError: HTTPStatus.CONFLICT,
}

RuleId = Annotated[str, Path(pattern="^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=60)]
VersionNumber = Annotated[int, Path(ge=1, le=2_147_483_647)]
Writer = Annotated[Caller, Depends(needs(Permission.RULES_WRITE))]
Nothing = Annotated[NoQuery, Query()]
_WRITING = [Depends(check_origin)]
_CHANGED = documented(404, 409, 413, 415)


class RuleQuery(PageQuery):
    """Which rules; conditions add up."""

    domain: DomainCode | None = None
    field: FieldCode | None = None
    kind: KindName | None = None
    state: RuleState | None = None
    text: SearchText | None = Field(
        default=None, description="in id, titles or source, whatever the case"
    )


class SavingQuery(NoQuery):
    """Why a rule is saved."""

    reason: ShortText = ""


@router.get("")
async def read_rules(register: Register, query: Annotated[RuleQuery, Query()]) -> RuleList:
    """Return rules in the order of their ids."""
    after = None if query.cursor is None else str(cursors.decode(query.cursor, (str,))[0])
    in_force = None if query.state is None else query.state == "in force"
    filters = RuleFilters(query.domain, query.field, query.kind, in_force, query.text)
    found = await register.do(
        partial(list_rules, filters=filters, page=Page(query.limit + 1, after))
    )
    items, last = page_of(found, query.limit)
    return RuleList(
        items=[RuleItem.model_validate(item) for item in items],
        next=last and cursors.encode(last["id"]),
    )


@router.post("", status_code=201, dependencies=_WRITING, responses=documented(409, 413, 415))
async def make_rule(
    request: Request,
    register: Register,
    caller: Writer,
    body: RuleTableBody,
    query: Annotated[SavingQuery, Query()],
) -> RuleDocument:
    """Put a new rule into force; it judges within a second."""
    rule = await _read(body)
    work = partial(save_new, rule=rule, doing=_doing(request, caller, query.reason))
    return await _done(register, work, rule.id)


@router.post("/check", dependencies=_WRITING, responses=documented(413, 415))
async def check_rules(_caller: Writer, asked: RulesToCheck, _query: Nothing) -> CheckedRules:
    """Tell every mistake of rules, those of their examples too; saves nothing."""
    tables = [RuleTable("body", at, fields) for at, fields in enumerate(asked.rules, start=1)]
    found = await asyncio.to_thread(examine, tables)
    wrong = {mistake.number for mistake in found.mistakes}
    right = [table for table in tables if table.number not in wrong]
    return CheckedRules(
        rules=[str(table.fields["id"]) for table in right],
        mistakes=[
            RuleMistake(
                rule=mistake.number - 1,
                path=_plain(f"rules.{mistake.number - 1}.{mistake.path}".rstrip(".")),
                sentence=_plain(mistake.sentence),
            )
            for mistake in found.mistakes
        ],
    )


@router.get("/{rule_id}", responses=documented(404))
async def read_one(
    register: Register, caller: Reader, rule_id: RuleId, _query: Nothing
) -> RuleDocument:
    """Return a rule with its body, its versions and its history."""
    found = await register.do(partial(read_rule, rule=rule_id))
    may_write = Permission.RULES_WRITE in caller.permissions
    return RuleDocument.of(found, with_address=may_write)


@router.put("/{rule_id}", dependencies=_WRITING, responses=_CHANGED)
async def change_rule(
    request: Request,
    register: Register,
    caller: Writer,
    rule_id: RuleId,
    body: RuleTableBody,
    query: Annotated[SavingQuery, Query()],
) -> RuleDocument:
    """Put the next version of a rule into force, of one that ships or is withdrawn too."""
    rule = await _read(body)
    if rule.id != rule_id:
        raise MalformedError(f"body id {rule.id!r}: expected {rule_id!r}, as the address has it")
    work = partial(save_version, rule=rule, doing=_doing(request, caller, query.reason))
    return await _done(register, work, rule_id)


@router.get("/{rule_id}/versions/{version}", responses=documented(404))
async def read_old(
    register: Register, rule_id: RuleId, version: VersionNumber, _query: Nothing
) -> RuleVersionDocument:
    """Return a version of a rule, whether it counts or not."""
    found = await register.do(partial(read_version, rule=rule_id, version=version))
    return RuleVersionDocument.model_validate(found)


@router.post("/{rule_id}/withdraw", dependencies=_WRITING, responses=_CHANGED)
async def withdraw_one(
    request: Request,
    register: Register,
    caller: Writer,
    rule_id: RuleId,
    told: WithReason,
    _query: Nothing,
) -> RuleDocument:
    """Take a rule out of force; its open alerts are closed within a second."""
    doing = _doing(request, caller, told.reason)
    work = partial(withdraw_rule, rule=rule_id, doing=doing, version=told.version)
    return await _done(register, work, rule_id)


@router.post("/{rule_id}/restore", dependencies=_WRITING, responses=_CHANGED)
async def restore_one(
    request: Request,
    register: Register,
    caller: Writer,
    rule_id: RuleId,
    told: WithReason,
    _query: Nothing,
) -> RuleDocument:
    """Put a withdrawn rule back into force."""
    doing = _doing(request, caller, told.reason)
    work = partial(restore_rule, rule=rule_id, doing=doing, version=told.version)
    return await _done(register, work, rule_id)


async def _read(body: Mapping[str, Any]) -> Rule:
    """Return the rule of a body.

    Raises:
        RuleFileError: with all its mistakes.
    """
    found = await asyncio.to_thread(examine, [RuleTable("body", 1, body)])
    if found.mistakes:
        raise RuleFileError(mistake.sentence for mistake in found.mistakes)
    return found.rules[0].rule


async def _done(
    register: Register, work: Callable[[Connection], None], rule_id: str
) -> RuleDocument:
    """Change a rule and return it as it is then."""

    def both(connection: Connection) -> dict[str, Any]:
        work(connection)
        return read_rule(connection, rule_id)

    return RuleDocument.of(await register.do(both), with_address=True)


def _doing(request: Request, caller: Caller, reason: str) -> Doing:
    return Doing(caller.actor, reason, request.client.host if request.client else None)


def _plain(text: str) -> str:
    """Return text that JSON can hold, whatever the body had."""
    return text.encode("utf-8", "backslashreplace").decode()
