"""Is the process alive, is it ready, and how is it doing."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from twin.api import store
from twin.api.parameters import NoQuery

router = APIRouter(tags=["health"])
NoneAsked = Annotated[NoQuery, Query()]


class Health(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """Whether everything that the service needs is there; a sentence for each thing that is not."""

    ready: bool
    problems: list[str]


@router.get("/healthz")
async def healthz(_query: NoneAsked) -> Health:
    """Say that the process lives."""
    return Health(status="alive")


@router.get(
    "/readyz",
    responses={503: {"model": Readiness, "description": "not ready; the problems say why"}},
    response_model=Readiness,
)
async def readyz(request: Request, _query: NoneAsked) -> JSONResponse:
    """Say whether store, migrations, live frames and the alert feed are as they should be."""
    state = request.app.state
    problems = await store.problems(state.pool, state.store_url)
    problems += [*state.hub.problems(), *state.feed.problems(), *_ended(state.works)]
    found = Readiness(ready=not problems, problems=problems)
    return JSONResponse(found.model_dump(), 503 if problems else 200)


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request, _query: NoneAsked) -> Response:
    """Return the figures of this process for Prometheus."""
    return Response(
        generate_latest(request.app.state.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


def _ended(works: Iterable[asyncio.Task[None]]) -> Iterator[str]:
    """Yield a sentence for each background task that ended, which none should."""
    for task in works:
        if task.done():
            yield f"background task {task.get_name()!r} ended: restart the web service"
