"""The short way for the reads that are asked hundreds of times a second."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from twin.api.access import needs
from twin.api.permissions import Permission

PlainRead = Callable[[Request], Awaitable[Response | None]]

_may_read = needs(Permission.READ)


def plainly(read: PlainRead) -> type[APIRoute]:
    """Return the class of a route that answers requests without a query by ``read``.

    FastAPI takes as long to find the parameters of a request as the store to answer it, and of
    such a request there are none but those in the path. Whoever asks needs the permission to read,
    as ever. Where ``read`` declines with None, FastAPI finds out what is wrong.
    """

    class Route(APIRoute):
        """A route with a short way."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """Return what answers a request."""
            whole = super().get_route_handler()

            async def handle(request: Request) -> Response:
                if request.scope["query_string"]:
                    return await whole(request)
                await _may_read(request)
                return await read(request) or await whole(request)

            return handle

    return Route
