"""Calls everyone on an incident, and shows who has it and who answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from alerts.subscriptions.calling import UnknownIncidentError, call_everyone, list_calls
from twin.api.access import Caller, check_origin, needs
from twin.api.actor_log import Connection, log
from twin.api.parameters import NoQuery, RowId
from twin.api.permissions import Permission
from twin.api.problems import documented
from twin.api.register_store import Register
from twin.api.subscription_documents import Call, CallList, NewCall

router = APIRouter(prefix="/api/v1/incidents", tags=["notices"], responses=documented(404))

STATUS: Mapping[type[Exception], HTTPStatus] = {UnknownIncidentError: HTTPStatus.NOT_FOUND}

NoneAsked = Annotated[NoQuery, Query()]
Dispatcher = Annotated[Caller, Depends(needs(Permission.ALERT_DISPATCH))]


@router.post(
    "/{incident_id}/call",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(check_origin)],
    responses=documented(413, 415),
)
async def call_all(
    register: Register, caller: Dispatcher, incident_id: RowId, new: NewCall, _query: NoneAsked
) -> Call:
    """Call everyone whose subscription fits an incident; quiet hours and rates do not hold."""

    def work(connection: Connection) -> Call:
        now = datetime.now(UTC)
        made = call_everyone(connection, incident_id, new.message, actor=caller.actor, now=now)
        log(connection, caller.actor, "incident.call", str(incident_id), call=made.id)
        calls = list_calls(connection, incident_id)
        return Call.model_validate(next(each for each in calls if each["id"] == made.id))

    return await register.do(work)


@router.get("/{incident_id}/calls")
async def read_calls(register: Register, incident_id: RowId, _query: NoneAsked) -> CallList:
    """Return the calls on an incident with their deliveries and receipts, the newest first."""
    found = await register.do(partial(list_calls, incident=incident_id))
    return CallList(items=[Call.model_validate(each) for each in found])
