"""Why a rule did or did not raise at a thing, over HTTP."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from alerts.explanation.documents import Explanation
from alerts.explanation.explain import InstantError, Question, explain
from alerts.explanation.gathering import UnknownThingError
from alerts.rulekeeping.versions import Connection
from twin.api.parameters import Code, Instant, NoQuery
from twin.api.problems import documented
from twin.api.register_store import Register
from twin.api.rules import RuleId
from twin.model import Mode

router = APIRouter(prefix="/api/v1/rules", tags=["rules"], responses=documented())

STATUS: Mapping[type[Exception], HTTPStatus] = {
    UnknownThingError: HTTPStatus.NOT_FOUND,
    InstantError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


class ExplainQuery(NoQuery):
    """At which thing, and when."""

    entity: Code = Field(description="code of the thing")
    at: Instant | None = Field(default=None, description="now if absent")
    mode: Literal["actual", "exercise", "replay"] = "actual"


@router.get("/{rule_id}/explain", responses=documented(404))
async def read_explanation(
    register: Register, rule_id: RuleId, query: Annotated[ExplainQuery, Query()]
) -> Explanation:
    """Return why a rule did or did not raise at a thing; what is missing is `unknown`."""
    question = Question(rule_id, query.entity, query.at, Mode(query.mode))

    def work(connection: Connection) -> Explanation:
        connection.execute("SET TRANSACTION READ ONLY")
        return explain(connection, question, datetime.now(UTC))

    return await register.do(work)
