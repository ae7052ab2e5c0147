"""The viewer's page and its assets, as built into the package viz."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from twin.api.problems import UnavailableError

router = APIRouter(include_in_schema=False)

STATIC = Path(str(files("viz"))) / "static"
_YEAR_S = 31_536_000


class Assets(StaticFiles):
    """Files whose names carry a digest of their content, so that they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return one file."""
        _require_build()
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
        return response


def mount(app: FastAPI) -> None:
    """Add the page and the assets to the app."""
    app.include_router(router)
    app.mount("/assets", Assets(directory=STATIC / "assets", check_dir=False), name="assets")


@router.get("/")
async def read_page() -> FileResponse:
    """Return the viewer's page."""
    _require_build()
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


def _require_build() -> None:
    if not (STATIC / "index.html").is_file():
        raise UnavailableError("the viewer's pages are not built: run scripts/setup")
