"""What can go wrong with a request, and the status that each error is answered with."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolClosed, PoolTimeout
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from data.connection import StoreUnavailableError
from twin.codes import InvalidIdentifierError

CHALLENGE = 'Bearer realm="citytwin", Basic realm="citytwin", charset="UTF-8"'
_LONGEST_SHOWN = 200
_UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


class MalformedError(ValueError):
    """A part of the request that cannot be read. Correct it and send it again."""


class UnknownError(LookupError):
    """Something that the store does not have. Check its identifier."""


class NotSignedInError(Exception):
    """No credentials, or wrong ones. Sign in."""


class NotAllowedError(Exception):
    """The caller may not do this, or the request comes from another site."""


class MediaTypeError(Exception):
    """A body that is not declared as JSON. Send ``Content-Type: application/json``."""


class UnavailableError(Exception):
    """Something that we depend on is away. Try again later."""


STATUS: Mapping[type[Exception], HTTPStatus] = {
    MalformedError: _UNPROCESSABLE,
    InvalidIdentifierError: _UNPROCESSABLE,
    psycopg.DataError: _UNPROCESSABLE,
    psycopg.IntegrityError: HTTPStatus.CONFLICT,
    UnknownError: HTTPStatus.NOT_FOUND,
    NotSignedInError: HTTPStatus.UNAUTHORIZED,
    NotAllowedError: HTTPStatus.FORBIDDEN,
    MediaTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    PoolTimeout: HTTPStatus.SERVICE_UNAVAILABLE,
    PoolClosed: HTTPStatus.SERVICE_UNAVAILABLE,
    psycopg.OperationalError: HTTPStatus.SERVICE_UNAVAILABLE,
    psycopg.InterfaceError: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Errors of other rooms join with ``add_handlers(app, {TheirError: HTTPStatus.CONFLICT})``."""

_SENTENCES: Mapping[type[Exception], str] = {
    psycopg.DataError: "the store cannot hold one of the values",
    PoolTimeout: "the store is busy or away: try again in a few seconds",
    PoolClosed: "the service is stopping",
    psycopg.IntegrityError: "it contradicts what the store holds: read that again",
    psycopg.errors.LockNotAvailable: "another change set is being written: try again in a while",
    psycopg.errors.QueryCanceled: "the query took too long: ask for less",
    psycopg.OperationalError: "the store is away: try again in a few seconds",
    psycopg.InterfaceError: "the store is away: try again in a few seconds",
}


class Detail(BaseModel):
    """What every error answers."""

    detail: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of the errors that a route can answer."""
    always = (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        _UNPROCESSABLE,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
    return {int(status): {"model": Detail} for status in (*always, *statuses)}


def add_handlers(app: FastAPI, more: Mapping[type[Exception], HTTPStatus]) -> None:
    """Let the app answer every error of the table, and of ``more``, in the one form."""
    for error, status in {**STATUS, **more}.items():
        app.add_exception_handler(error, _answer_with(status))
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)


def answer(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error in the form that all of them have."""
    # A lone surrogate in what was sent must not keep us from answering.
    detail = sentence.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"detail": detail}, status, dict(headers or {}))


def _answer_with(status: HTTPStatus) -> Any:  # noqa: ANN401 - starlette's handlers are untyped
    async def handle(_request: Request, error: Exception) -> JSONResponse:
        return answer(status, _sentence(error), _headers(status))

    return handle


def _sentence(error: Exception) -> str:
    for kind in type(error).__mro__:
        if kind in _SENTENCES:
            return _SENTENCES[kind]
    return str(error)


def _headers(status: int) -> dict[str, str]:
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": CHALLENGE}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "2"}
    return {}


async def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise TypeError(f"{error!r}: expected a RequestValidationError")
    sentences = [_explain(request, problem) for problem in error.errors()]
    return answer(_UNPROCESSABLE, "; ".join(sentences))


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise TypeError(f"{error!r}: expected an HTTPException")
    sentence, status = error.detail, error.status_code
    if status == HTTPStatus.BAD_REQUEST:
        # The framework's word for a body that is so wrong that its JSON parser gives up.
        sentence, status = "body as a whole: expected a JSON object", _UNPROCESSABLE
    elif error.status_code == HTTPStatus.NOT_FOUND:
        sentence = f"nothing at {request.url.path[:_LONGEST_SHOWN]!r}"
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        sentence = f"method {request.method[:_LONGEST_SHOWN]!r} is not for {request.url.path!r}"
    return answer(status, sentence, error.headers)


def _explain(request: Request, problem: Mapping[str, Any]) -> str:
    place, *rest = problem["loc"]
    name = ".".join(map(str, rest)) or "as a whole"
    kind = "body" if place == "body" else f"{place} parameter"
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_known(request)) if place == "query" else ""
        expected = f"expected one of {known}" if known else "none is expected here"
        return f"{kind} {name[:_LONGEST_SHOWN]!r} is unknown: {expected}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{kind} {name[:_LONGEST_SHOWN]!r}: {message[:1].lower()}{message[1:]}"


def _known(request: Request) -> Iterator[str]:
    """Yield the names of the query parameters that the route takes."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    for parameter in getattr(dependant, "query_params", ()):
        model = parameter.field_info.annotation
        for name, field in getattr(model, "model_fields", {}).items():
            yield field.alias or name
