"""Models that were imported, and the elements in them."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from data.models import reading
from data.models.reading import ElementChoice
from twin.api import cursors
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.parameters import ClassCode, Code, PageQuery, SearchText, page_of
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register

router = APIRouter(prefix="/api/v1", tags=["models"], responses=documented())

ModelName = Annotated[SearchText, Path(description="as its imports named it")]


class StoredModel(BaseModel):
    """A model as its last import left it."""

    name: str
    format: str = Field(examples=["IFC"])
    format_version: str
    crs: str = Field(description="of the file's shapes; empty where it draws none")
    height_datum: str = Field(description="empty where the model does not say")
    accuracy_m: float | None = Field(description="where its place is only roughly said")
    file: str
    digest: str = Field(description="SHA-256 of the file")
    warnings: list[str]
    imported_at: datetime
    source: str
    change_set: int


class ModelDetail(StoredModel):
    """A model, and what is in it."""

    counts: dict[str, int] = Field(description="elements by the model's own class")


class ModelList(BaseModel):
    """Models in the order of their names."""

    items: list[StoredModel]
    next: str | None


class ModelElement(BaseModel):
    """One thing of a model: a building, a storey, a wall, a pipe."""

    model: str
    key: str = Field(description="what the model calls it", examples=["2O2Fr$t4X7Zf8NOew3FLOH"])
    native_class: str = Field(examples=["IfcWall"])
    klass: ClassCode | None = Field(alias="class", description="ours; null where we have none")
    name: str
    parent: str | None = Field(description="key of what it is a part of, or stands in")
    code: str | None = Field(description="of the entity that it is")
    whole: str | None = Field(description="code of the entity that it is a part of, or is")
    base_m: float | None = Field(description="lowest height in the model's datum")
    top_m: float | None = Field(description="highest height, alike")
    lods: list[str] = Field(description="levels of detail in which it is drawn")
    measures: dict[str, float] = Field(description="of its geometry, the unit in the name")
    properties: dict[str, Any]
    shape: dict[str, Any] | None = Field(description="GeoJSON geometry, WGS 84, seen from above")


class ElementList(BaseModel):
    """Elements in the order of their models and keys."""

    items: list[ModelElement]
    next: str | None


class ElementQuery(PageQuery):
    """Which elements; conditions add up."""

    native_class: SearchText | None = Field(default=None, description="the model's own class")
    parent: SearchText | None = Field(default=None, description="key of the whole")
    key: SearchText | None = Field(default=None, description="of the one element")


class ModelElementQuery(ElementQuery):
    """Which elements of a model."""

    whole: Code | None = Field(default=None, description="entity that they are part of, or are")


@router.get("/models", response_model=ModelList)
async def list_models(register: Register, query: Annotated[PageQuery, Query()]) -> Response:
    """Return the models that were imported."""
    after = None if query.cursor is None else str(cursors.decode(query.cursor, (str,))[0])
    found = await register.do(partial(reading.models, after=after, limit=query.limit + 1))
    items, last = page_of(found, query.limit)
    return answered(
        {
            "items": [_model(one) for one in items],
            "next": None if last is None else cursors.encode(last.name),
        }
    )


@router.get("/models/{model:path}/elements", response_model=ElementList, responses=documented(404))
async def list_elements(
    register: Register, model: ModelName, query: Annotated[ModelElementQuery, Query()]
) -> Response:
    """Return the elements of a model."""
    choice = _choice(query, model=model, whole=None if query.whole is None else int(query.whole))
    found = await register.do(partial(reading.elements, choice=choice))
    if not found and await register.do(partial(reading.model_named, name=model)) is None:
        raise _unknown(model)
    return _page(found, query.limit)


@router.get("/entities/{code}/elements", response_model=ElementList)
async def list_elements_of_entity(
    register: Register, code: Code, query: Annotated[ElementQuery, Query()]
) -> Response:
    """Return the elements, of whatever model, that an entity is made of; itself among them."""
    choice = _choice(query, model=None, whole=int(code))
    return _page(await register.do(partial(reading.elements, choice=choice)), query.limit)


# Last, for a name may have slashes: whatever no other address takes.
@router.get("/models/{model:path}", response_model=ModelDetail, responses=documented(404))
async def read_model(register: Register, model: ModelName, _query: NoneAsked) -> Response:
    """Return a model, and how many elements it has of each of its own classes."""
    found = await register.do(partial(reading.model_named, name=model))
    if found is None:
        raise _unknown(model)
    return answered(_model(found[0]) | {"counts": found[1]})


def _choice(query: ElementQuery, *, model: str | None, whole: int | None) -> ElementChoice:
    after = (None, None) if query.cursor is None else cursors.decode(query.cursor, (str, str))
    return ElementChoice(
        model=model,
        whole=whole,
        native_class=query.native_class,
        parent=query.parent,
        key=query.key,
        after_model=None if after[0] is None else str(after[0]),
        after_key=None if after[1] is None else str(after[1]),
        limit=query.limit + 1,
    )


def _page(found: list[dict[str, Any]], limit: int) -> Response:
    items, last = page_of(found, limit)
    following = None if last is None else cursors.encode(last["model"], last["key"])
    return answered({"items": [_element(one) for one in items], "next": following})


def _element(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "klass"}
    codes = {name: None if row[name] is None else str(row[name]) for name in ("code", "whole")}
    return told | codes | {"class": row["klass"]}


def _model(stored: reading.StoredModel) -> dict[str, Any]:
    told = stored._asdict()
    version, imported_at = told.pop("schema"), told.pop("recorded_at")
    return told | {"format_version": version, "imported_at": imported_at}


def _unknown(model: str) -> UnknownError:
    return UnknownError(f"model {model[:100]!r}: expected one of GET /api/v1/models")
