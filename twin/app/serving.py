"""The web process."""

import gc
import json

import uvicorn

from data.device_types import load_types
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
    app = create_app(
        config,
        store_url=settings.store_url,
        frames=_frames(settings.accounts["web"]),
        models_folder=settings.state_dir / "models",
        types=load_types(settings.device_types_folder),
        cap_config=settings.cap,
    )
    told = {"host": config.host, "port": config.port}
    # What is there from the start stays; to look through it for garbage would stop all requests
    # for a tenth of a second now and then.
    gc.collect()
    gc.freeze()
    settings.web_file.write_text(json.dumps(told) + "\n", encoding="utf-8")
    uvicorn.run(
        app,
        host=config.host,
        port=config.port,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )


def _frames(account: BrokerAccount) -> FrameSource:
    return FrameSource(account)
