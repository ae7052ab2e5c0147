"""What importers of the register need to know: schemas of classes, and former imports."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from data.reference.class_properties import json_schema
from data.registry import history
from twin.api.entity_answers import NoneAsked
from twin.api.entity_documents import answered
from twin.api.parameters import ClassCode, SearchText
from twin.api.problems import UnknownError, documented
from twin.api.register_store import Register

router = APIRouter(prefix="/api/v1", tags=["register"], responses=documented())

ModelName = Annotated[SearchText, Path(description="as its imports named it")]


class Import(BaseModel):
    """One import of a model that changed something."""

    change_set: int = Field(description="also a moment for /entities/differences")
    recorded_at: datetime
    actor: str
    file: str
    counts: dict[str, int] = Field(description="created, changed, retired, names and so on")


class ImportList(BaseModel):
    """Imports of a model, the oldest first."""

    items: list[Import]
    next: None = Field(default=None, description="always null: the list is whole")


@router.get("/models/{model:path}/imports", response_model=ImportList, responses=documented(404))
async def list_imports(register: Register, model: ModelName, _query: NoneAsked) -> Response:
    """Return the imports of a model."""
    found = await register.do(partial(history.imports_of, model=model))
    if not found:
        raise UnknownError(f"model {model[:100]!r}: no import has named it")
    return answered({"items": [one._asdict() for one in found], "next": None})


@router.get("/classes/{klass}/schema")
async def read_schema(klass: ClassCode, _query: NoneAsked) -> dict[str, Any]:
    """Return the JSON Schema of the properties that entities of a class can have."""
    return json_schema(klass)
