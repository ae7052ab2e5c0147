"""The web process."""

import json

import uvicorn

from ingest.config import BrokerAccount
from twin.api.app import create_app
from twin.api.frames import FrameSource
from twin.app.settings import Settings


def run_web(
    settings: Settings, *, host: str | None, port: int | None, anonymous: str | None
) -> None:
    """Serve until SIGINT or SIGTERM; what is not given stands in the settings."""
    given = {"host": host, "port": port, "anonymous_role": anonymous}
    config = type(settings.web).model_validate(
        settings.web.model_dump() | {name: value for name, value in given.items() if value}
    )
    app = create_app(config, store_url=settings.store_url, frames=_frames(settings.accounts["web"]))
    told = {"host": config.host, "port": config.port}
    settings.web_file.write_text(json.dumps(told) + "\n", encoding="utf-8")
    uvicorn.run(
        app,
        host=config.host,
        port=config.port,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )


def _frames(account: BrokerAccount) -> FrameSource:
    return FrameSource(account)
