"""The lasting address of an entity, ``/e/{code}``, which stands on labels in the street.

It must work for as long as a label sticks, so it leads on to wherever the entity is shown today,
and after a merger or a new number to the entity that stands now. It tells nobody more than
whether a code exists: names and places are behind the addresses that it leads to.
"""

from collections.abc import Callable, Sequence
from html import escape
from http import HTTPStatus
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from psycopg.rows import DictRow
from psycopg.sql import SQL

from twin.api.parameters import NoQuery
from twin.api.problems import Detail, answer
from twin.api.store import Store, rows
from twin.codes import EntityCode, InvalidEntityCodeError

router = APIRouter(tags=["register"])

# UNION drops what was met before, so that a circle of forwarding records ends. Of a split that
# one part survives under the old code, a record leads from the code to itself.
_SUCCESSION = SQL("""
    WITH RECURSIVE met (code) AS (
        SELECT %(code)s::int8
        UNION
        SELECT f.new_code FROM met JOIN entity_forward f ON f.old_code = met.code)
    SELECT e.code, e.retired,
           EXISTS (SELECT FROM entity_forward f WHERE f.old_code = e.code)
           AND NOT EXISTS (SELECT FROM entity_forward f
                           WHERE f.old_code = e.code AND f.new_code = e.code) AS replaced
    FROM met JOIN entity e ON e.code = met.code ORDER BY e.code""")

_LONGEST_SHOWN = 100
_MAP = "/?entity={}"
_API = "/api/v1/entities/{}"
_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.6 sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem }}
code, li {{ font: bold 1.2rem/2.2 monospace; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
<p><code>{code}</code></p>
<p>{zh}</p>
<p lang="en">{en}</p>
<ul>{links}</ul>
</html>
"""


class _Notice(NamedTuple):
    """Why an address leads nowhere; programs get the English sentence."""

    status: HTTPStatus
    title_zh: str
    zh: str
    en: str

    def of(self, code: EntityCode) -> "_Notice":
        return self._replace(en=f"entity {code.printed()}: {self.en}")


_WRONG = _Notice(
    HTTPStatus.UNPROCESSABLE_ENTITY, "编码有误", "这不是有效的编码，请对照标签重新输入。", ""
)
_UNKNOWN = _Notice(
    HTTPStatus.NOT_FOUND, "未登记的编码", "登记册中没有这个编码。", "not in the register"
)
_RETIRED = _Notice(
    HTTPStatus.GONE,
    "对象已注销",
    "此对象已注销，没有后继对象，标签可以取下。",
    "retired, nothing has taken its place",
)
# RFC 9110, 15.4.1: the choice is the reader's, and without a Location nobody is led anywhere.
_SPLIT = _Notice(
    HTTPStatus.MULTIPLE_CHOICES,
    "对象已拆分",
    "此对象已由以下对象取代，请选择：",
    "several entities have taken its place",
)
# Whatever is true today may change with the register: nothing of this may be kept.
_HEADERS = {"Cache-Control": "no-cache", "Vary": "Accept"}


class Successors(Detail):
    """What stands in the place of an entity that was split: addresses of each."""

    successors: list[str]


@router.get(
    "/e/{code}",
    response_class=RedirectResponse,
    status_code=HTTPStatus.FOUND,
    responses={
        302: {"description": "to the map for browsers, to the entity as JSON for programs"},
        300: {"model": Successors},
        **{status: {"model": Detail} for status in (404, 410, 422, 503)},
    },
)
async def follow_code(
    request: Request, code: str, store: Store, _query: Annotated[NoQuery, Query()]
) -> Response:
    """Lead from a code in any written form to the entity that it means today."""
    tell, target = _ways(request)
    try:
        wanted = EntityCode.parse_printed(code)
    except InvalidEntityCodeError as error:
        return tell(_WRONG._replace(en=str(error)), code[:_LONGEST_SHOWN], [])
    met = await rows(store, _SUCCESSION, {"code": int(wanted)})
    standing = [target.format(one) for one in _standing(met)]
    if len(standing) == 1:
        # Not 301, which browsers keep for good: the target moves with the viewer and the register.
        return RedirectResponse(standing[0], HTTPStatus.FOUND, _HEADERS)
    notice = _SPLIT if standing else _RETIRED if met else _UNKNOWN
    return tell(notice.of(wanted), wanted.printed(), standing)


router.add_api_route("/e/{code}", follow_code, methods=["HEAD"], include_in_schema=False)

_Tell = Callable[[_Notice, str, Sequence[str]], Response]


def _ways(request: Request) -> tuple[_Tell, str]:
    """Return how to answer, and where entities are shown, to a person or to a program."""
    if "text/html" in request.headers.get("accept", ""):
        return _page, _MAP
    return _document, _API


def _standing(met: Sequence[DictRow]) -> list[EntityCode]:
    """Return the entities in use at the ends of the forwarding records."""
    in_use = [row for row in met if not row["retired"]]
    # Records that lead in a circle have no end; then whatever is in use there stands.
    ends = [row for row in in_use if not row["replaced"]] or in_use
    return [EntityCode.from_int(row["code"]) for row in ends]


def _page(notice: _Notice, code: str, successors: Sequence[str]) -> Response:
    links = (f'<li><a href="{one}">{_printed(one)}</a></li>' for one in successors)
    texts = {"title": notice.title_zh, "code": code, "zh": notice.zh, "en": notice.en}
    shown = {name: escape(_sendable(text)) for name, text in texts.items()}
    page = _PAGE.format(links="".join(links), **shown)
    return HTMLResponse(page, notice.status, _HEADERS)


def _document(notice: _Notice, _code: str, successors: Sequence[str]) -> Response:
    if not successors:
        return answer(notice.status, notice.en, _HEADERS)
    found = Successors(detail=notice.en, successors=list(successors))
    return JSONResponse(found.model_dump(), notice.status, _HEADERS)


def _printed(address: str) -> str:
    return EntityCode.parse(address.removeprefix(_MAP.format(""))).printed()


def _sendable(text: str) -> str:
    """Return the text without half surrogate pairs, which no answer can carry."""
    return text.encode("utf-8", "backslashreplace").decode()
