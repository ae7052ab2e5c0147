"""What surrounds every request: security headers, the size of bodies, errors, and counts."""

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from twin.api.problems import answer

_log = structlog.get_logger()

# Nothing but ourselves may be called, so a hidden call to another host fails loudly. WebAssembly
# and blob workers are what the map libraries need.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; "
    "script-src 'self' 'wasm-unsafe-eval'; "
    "worker-src 'self' blob:; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "font-src 'self'; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_MOST_BODY_BYTES = 64 << 10
_MORE_BODY_BYTES = (
    ("/api/v1/entities", 1 << 20),
    ("/api/v1/models", 1 << 20),
    ("/api/v1/areas", 1 << 20),
    ("/api/v1/networks", 4 << 20),
    ("/api/v1/readings/csv", 256 << 20),
    ("/api/v1/readings", 1 << 20),
    ("/api/v1/rules", 1 << 20),
)
"""Addresses whose bodies hold outlines, lists of names, points, history, readings, rules."""
_PHOTO_BODY_BYTES = 8 << 20
_PHOTOS = (("/api/v1/alerts/", "/photos"),)
"""Beginnings and ends of addresses whose bodies hold a photo."""
_INTERNAL = "internal error: it is in the log of the web service"


class RequestCounts:
    """Counts requests and their seconds by route, method and status."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "citytwin_http_requests",
            "Requests answered",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "citytwin_http_seconds", "Seconds until the answer", ["route"], registry=registry
        )

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one answer; addresses that lead nowhere share one label."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if route != "none" else "any"
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)


class Envelope:
    """The outermost layer of every HTTP request, and the one boundary for unforeseen errors."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sending = _Sending(send)
        try:
            most = _most_bytes(scope["path"])
            await self._app(scope, _bounded(receive, Headers(scope=scope), most), sending)
        except (
            Exception
        ):  # the boundary: whatever was not foreseen is logged once, with its request
            _log.exception("request failed", method=scope["method"], path=scope["path"])
            if sending.status:
                raise
            refusal = answer(HTTPStatus.INTERNAL_SERVER_ERROR, _INTERNAL)
            await refusal(scope, receive, sending)
        finally:
            self._counts.count(scope, sending.status, time.perf_counter() - started)


class _Sending:
    """Adds the headers on the way out and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


def _most_bytes(path: str) -> int:
    if any(path.startswith(start) and path.endswith(end) for start, end in _PHOTOS):
        return _PHOTO_BODY_BYTES
    return next(
        (most for start, most in _MORE_BODY_BYTES if path.startswith(start)), _MOST_BODY_BYTES
    )


def _bounded(receive: Receive, headers: Headers, most: int) -> Callable[[], Awaitable[Message]]:
    """Return a receive that refuses a body which no request of ours needs."""
    taken = 0
    declared = headers.get("content-length", "0")

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most or (declared.isdigit() and int(declared) > most):
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"body too large: expected at most {most} bytes",
            )
        return message

    return take
