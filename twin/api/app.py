"""The app: everything that the web service holds, from its start to its end."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

from fastapi import Depends, FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector

from alerts.cap.config import CapConfig
from data.device_types import DeviceTypes, load_types
from data.networks import Shelf
from twin.api import (
    alert_handling,
    alert_load,
    alert_status,
    alerting,
    area_findings,
    areas,
    calls,
    cap,
    cases,
    command_reads,
    commands,
    deliveries,
    departments,
    device_states,
    device_types,
    entities,
    entity_detail,
    health,
    incidents,
    intake,
    lasting,
    links,
    live,
    maps,
    model_files,
    models,
    networks,
    pages,
    parked,
    people,
    problems,
    quality,
    readings,
    readings_revised,
    reference,
    register_authorities,
    register_conflicts,
    register_health,
    register_tables,
    roads,
    rule_explanations,
    rules,
    series,
    series_calibration,
    series_flags,
    series_together,
    silences,
    sites,
    subscriptions,
    system_health,
    terrain,
)
from twin.api.access import needs
from twin.api.config import WebConfig
from twin.api.envelope import Envelope, RequestCounts
from twin.api.feed import AlertFeed
from twin.api.frames import FrameSource
from twin.api.hub import Hub
from twin.api.ingest_watch import watch_of
from twin.api.key_ring import KeyRing, ask_store
from twin.api.own_readings import keep_handing_in
from twin.api.passwords import PasswordChecks
from twin.api.permissions import Permission
from twin.api.readings_door import Door
from twin.api.register_store import RegisterStore
from twin.api.sign_in import SignIns
from twin.api.store import make_pool
from twin.api.together import Together
from viz.tiles import UnknownTileError

_OTHER_ROOMS: dict[type[Exception], HTTPStatus] = {
    UnknownTileError: HTTPStatus.NOT_FOUND,
    **alerting.STATUS,
    **rules.STATUS,
    **rule_explanations.STATUS,
    **incidents.STATUS,
    **departments.STATUS,
    **alert_handling.STATUS,
    **silences.STATUS,
    **cases.STATUS,
    **subscriptions.STATUS,
    **deliveries.STATUS,
    **calls.STATUS,
    **cap.STATUS,
    **people.STATUS,
    **entities.STATUS,
    **commands.STATUS,
    **quality.STATUS,
    **series_calibration.STATUS,
    **series_flags.STATUS,
    **model_files.STATUS,
}
_CANCEL_AGAIN_S = 0.1
_FOR_SENDERS = (readings.router,)
"""Ask for another permission than to read: a gauge's key may hand in and see nothing."""

_OPEN_TO_ALL = (health.router, live.router, lasting.router, deliveries.receipts_router)
_FOR_VIEWERS = (
    entities.router,
    device_states.router,
    reference.router,
    device_types.router,
    register_health.router,
    register_conflicts.router,
    register_authorities.router,
    # Before all that have a model's name in their addresses: names of tiles may be like those.
    model_files.router,
    terrain.router,
    register_tables.router,
    links.router,
    models.router,
    area_findings.router,
    areas.router,
    networks.router,
    sites.router,
    roads.router,
    series.router,
    quality.router,
    series_calibration.router,
    series_flags.router,
    readings_revised.router,
    series_together.router,
    # Before one alert by its number, which "load" and "status" are not.
    alert_load.router,
    alert_status.router,
    alerting.router,
    rules.router,
    rule_explanations.router,
    incidents.router,
    departments.router,
    alert_handling.router,
    silences.router,
    cases.router,
    calls.router,
    subscriptions.router,
    deliveries.router,
    cap.router,
    intake.router,
    system_health.router,
    parked.router,
    people.router,
    command_reads.router,
    commands.router,
    maps.router,
)


def create_app(
    config: WebConfig,
    *,
    store_url: str,
    frames: FrameSource | None,
    types: DeviceTypes | None = None,
    models_folder: Path | None = None,
    cap_config: CapConfig | None = None,
) -> FastAPI:
    """Return the web service; it opens nothing before its lifespan begins.

    Args:
        config: rights and sizes.
        store_url: of the store, in libpq's form.
        frames: where live values come from; None leaves viewers with what the store has.
        types: of devices; the shipped ones where none are given.
        models_folder: where files of models lie; None serves none.
        cap_config: how our warnings are signed.
    """
    app = FastAPI(
        title="CityTwin",
        version="1",
        summary="Digital twin of a city district: register, readings, alerts, tiles, live values",
        # The pages of FastAPI load their scripts from outside, which our policy forbids.
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.config = config
    app.state.store_url = store_url
    app.state.frames = frames
    app.state.models_folder = models_folder
    app.state.cap_config = cap_config or CapConfig()
    app.state.device_types = load_types() if types is None else types
    app.state.registry = CollectorRegistry()
    ProcessCollector(registry=app.state.registry)
    app.add_middleware(Envelope, counts=RequestCounts(app.state.registry))
    problems.add_handlers(app, _OTHER_ROOMS)
    # Routes are tried in this order: what is asked most comes first.
    for router in _FOR_VIEWERS:
        app.include_router(router, dependencies=[Depends(needs(Permission.READ))])
    for router in (*_FOR_SENDERS, *_OPEN_TO_ALL):
        app.include_router(router)
    pages.mount(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    loop = asyncio.get_running_loop()
    state.pool = make_pool(state.store_url, state.config)
    state.register = RegisterStore(state.store_url, state.config)
    state.networks = Shelf()
    state.raster_work = terrain.RasterWork()
    state.entities_asked = Together(partial(entity_detail.by_codes, state.pool))
    state.names_asked = Together(partial(entity_detail.by_names, state.pool))
    state.keys = KeyRing(partial(ask_store, state.pool), loop.time)
    state.sign_ins = SignIns(state.pool, PasswordChecks(loop.time), state.config.sign_in)
    state.tiles = maps.TileCache()
    state.extent = None
    state.register_reports = register_health.Reports(loop.time)
    state.hub = Hub(partial(live.load_latest, state.pool), loop.time, state.registry)
    state.door = Door(state.frames and state.frames.publish, state.config.readings_wait_s)
    state.feed = AlertFeed(state.store_url, state.hub.tell_alert)
    state.ingest_watch = watch_of(state.pool, state.store_url, state.config.ingest_silent_s)
    # Not waiting for the store: /readyz says that it is away, and requests answer 503.
    await state.pool.open(wait=False)
    state.register.open()
    state.works = [
        asyncio.create_task(work, name=name)
        for name, work in (
            ("hub", state.hub.run()),
            ("latest", state.hub.keep_loaded()),
            ("alerts", state.feed.run()),
            ("ingest watch", state.ingest_watch.run()),
        )
    ]
    if state.frames is not None:
        state.frames.start(state.hub, state.door)
        telling = keep_handing_in(state.pool, state.frames)
        state.works.append(asyncio.create_task(telling, name="own readings"))
    try:
        yield
    finally:
        if state.frames is not None:
            await state.frames.stop()
        await _end(state.works)
        await state.raster_work.close()
        await state.register.close()
        await state.pool.close()


async def _end(works: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they are done.

    Before Python 3.12 ``asyncio.wait_for``, which the pool uses, swallows a cancellation that
    comes just as its work is done; asking again is what helps.
    """
    pending = set(works)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_CANCEL_AGAIN_S)
