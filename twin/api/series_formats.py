"""The forms in which observations are told: JSON, Arrow and CSV, and which one a caller wants."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from typing import Annotated, Any, Literal

import numpy as np
import orjson
import pyarrow as pa
from fastapi import Response
from fastapi.responses import StreamingResponse
from numpy.typing import NDArray
from pydantic import Field

from twin.api.negotiation import preferred
from twin.api.series_columns import Columns

Format = Literal["json", "arrow", "csv"]

MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json",
    "arrow": "application/vnd.apache.arrow.stream",
    "csv": "text/csv",
}

FormatQuery = Annotated[
    Format | None, Field(description="form of the answer; without it, what Accept prefers, or JSON")
]

COLUMNS_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "As JSON, as an Arrow IPC stream, or as CSV (RFC 4180) with a header",
        "content": {
            MEDIA_TYPES["arrow"]: {"schema": {"type": "string", "format": "binary"}},
            MEDIA_TYPES["csv"]: {"schema": {"type": "string"}},
        },
    }
}
"""The OpenAPI entry of an answer that comes in any of the forms."""

_VARIES = {"Vary": "Accept"}
_JSON = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_SERIALIZE_NUMPY
_INSTANT = pa.timestamp("us", "UTC")
_JSON_NAMES = {"ts": "observed_at"}
_END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"


def wanted_format(asked: Format | None, accept: str) -> Format:
    """Return the form that is asked for, else the one that Accept prefers (RFC 9110, 12.5.1).

    What we do not have is answered with JSON, as are equal wishes.
    """
    if asked is not None:
        return asked
    return preferred(accept, MEDIA_TYPES)


def json_answer(content: Any) -> Response:  # noqa: ANN401 - any JSON
    """Return JSON; numbers that are none are null, instants are in UTC."""
    body = orjson.dumps(content, option=_JSON)
    return Response(body, headers=_VARIES, media_type=MEDIA_TYPES["json"])


def json_rows(found: Columns) -> orjson.Fragment:
    """Return columns as one object for each row."""
    return orjson.Fragment(b"[%b]" % _objects(found))


def _objects(found: Columns) -> bytes:
    pattern = b"{%b}" % b",".join(b'"%b":%%b' % name.encode() for name in found)
    return b",".join(_rows(found, pattern))


def _rows(found: Columns, pattern: bytes) -> Iterator[bytes]:
    """Return each row in a pattern, its values as JSON spells them.

    Spelling columns and joining the pieces takes half the time of making an object of each row.
    """
    spelled = [orjson.dumps(column, option=_JSON)[1:-1] for column in found.values()]
    pieces = [column.split(b",") if column else [] for column in spelled]
    return map(pattern.__mod__, zip(*pieces, strict=True))


async def json_items(windows: AsyncIterable[Columns]) -> AsyncIterator[bytes]:
    """Yield ``{"items": [...]}`` with one object for each row of the windows."""
    before = b'{"items":['
    async for window in windows:
        named = {_JSON_NAMES.get(name, name): column for name, column in window.items()}
        yield before + _objects(named)
        before = b","
    yield b"]}"


async def one_window(found: Columns) -> AsyncIterator[Columns]:
    """Yield columns that are all there is."""
    yield found


async def streamed(
    form: Format, windows: AsyncIterator[Columns], about: Mapping[str, object], name: str
) -> Response:
    """Return windows of rows in a form, window by window.

    The first one is there before the answer begins, so that an error which shows in it is told as
    every other. An answer that fails later ends without its end, which clients notice.

    Args:
        form: of the answer.
        windows: at least one; all have the same columns.
        about: what Arrow's schema says of the columns.
        name: of the file that a browser makes of CSV.
    """
    first = await anext(windows)
    whole = _after(first, windows)
    headers = dict(_VARIES)
    if form == "arrow":
        body = _arrow(schema_of(first, about), whole)
    elif form == "csv":
        headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        body = _csv(whole, first)
    else:
        body = json_items(whole)
    return StreamingResponse(body, headers=headers, media_type=MEDIA_TYPES[form])


async def _after(first: Columns, rest: AsyncIterator[Columns]) -> AsyncIterator[Columns]:
    yield first
    async for window in rest:
        yield window


def schema_of(found: Columns, about: Mapping[str, object]) -> pa.Schema:
    """Return the Arrow schema of columns, with what is known of them."""
    told = {name: str(value) for name, value in about.items() if value is not None}
    fields = [(name, _type_of(column)) for name, column in found.items()]
    return pa.schema(fields, metadata=told)


def _type_of(column: NDArray[Any]) -> pa.DataType:
    return _INSTANT if column.dtype.kind == "M" else pa.from_numpy_dtype(column.dtype)


async def _arrow(schema: pa.Schema, windows: AsyncIterable[Columns]) -> AsyncIterator[bytes]:
    """Yield an IPC stream (Arrow columnar format, IPC streaming format)."""
    yield schema.serialize().to_pybytes()
    async for window in windows:
        yield _batch(window, schema).serialize().to_pybytes()
    yield _END_OF_STREAM


async def _csv(windows: AsyncIterable[Columns], first: Columns) -> AsyncIterator[bytes]:
    yield (",".join(first) + "\r\n").encode()
    pattern = b",".join([b"%b"] * len(first)) + b"\r\n"
    async for window in windows:
        text = b"".join(_rows(window, pattern))
        # Instants are the only texts, and what is missing is empty.
        yield text.replace(b'"', b"").replace(b"null", b"")


def _batch(window: Columns, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [_array(window[field.name], field.type) for field in schema]
    return pa.record_batch(arrays, schema=schema)


def _array(column: NDArray[Any], kind: pa.DataType) -> pa.Array:
    """Return a column as it lies in memory; a number that is none stands for a missing value.

    ``pa.array`` would load pandas to find out what it was given, 700 ms at the first request.
    """
    missing = np.isnan(column) if column.dtype.kind == "f" else np.zeros(0, dtype=np.bool_)
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(kind, len(column), [valid, pa.py_buffer(column)])
